"""A cookie for browsers that are not signed in yet, so that their forms can be told from another site's."""

from http.cookies import SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bootproof.server.security.secrets import new_secret

LASTS = 24 * 3600  # seconds


class Visitors:
    """ASGI middleware: `request.state.visitor` is set, and the cookie is given with the first page."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app, self.secure = app, secure
        self.name = "__Host-visitor" if secure else "visitor"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gives a visitor without a cookie one with the answer, where that is a page."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = HTTPConnection(scope).cookies.get(self.name, "")
        visitor = known or new_secret(16)
        scope.setdefault("state", {})["visitor"] = visitor

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not known:
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", self._cookie(visitor))
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _cookie(self, visitor: str) -> str:
        cookie: SimpleCookie = SimpleCookie()
        cookie[self.name] = visitor
        for key, value in {"path": "/", "max-age": LASTS, "httponly": True, "samesite": "Lax", "secure": self.secure}.items():
            cookie[self.name][key] = value
        return cookie[self.name].OutputString()
