"""Requests that another site made a browser send (CSRF): refused by `Sec-Fetch-Site` and `Origin`.

Fetch Metadata (W3C): every current browser says where a request comes from. What carries a bearer token is no browser
with a cookie, and is let through. Forms carry a token besides (`security/forms.py`).
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnOrigin:
    """ASGI middleware: changing requests come from the server's own pages, from an allowed origin or with a bearer token."""

    def __init__(self, app: ASGIApp, own: str, allowed: Collection[str]) -> None:
        self.app, self.origins = app, frozenset({own, *allowed})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 where the request is another site's."""
        if scope["type"] == "http" and scope["method"] not in SAFE and self._foreign(Headers(scope=scope)):
            refusal = JSONResponse({"detail": "This request comes from another site."}, 403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _foreign(self, headers: Headers) -> bool:
        if headers.get("authorization", "").lower().startswith("bearer "):
            return False
        origin = headers.get("origin")
        if origin is not None:
            return origin not in self.origins and not _same_machine(origin, headers.get("host", ""))
        return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _same_machine(origin: str, host: str) -> bool:
    """Whether a page of this machine asks a server of it, by whichever name of itself: another name could be led here."""
    return origin == f"http://{host}" and host.rpartition(":")[0] in LOOPBACK
