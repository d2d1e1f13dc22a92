"""One log line for each request, with an id that the answer carries too; what went wrong inside is an answer, never a trace."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bootproof.server.operations.metrics import Metrics

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUIET = frozenset({"/livez", "/readyz", "/health"})
log = structlog.get_logger("bootproof.server")


class RequestLog:
    """ASGI middleware, the outermost. Addresses are logged without their query: it may hold a ticket."""

    def __init__(self, app: ASGIApp, metrics: Metrics, broken: Callable[[Request, str], Response]) -> None:
        """`broken` answers a request that failed, whose id it is given."""
        self.app = app
        self.metrics = metrics
        self.broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Times a request; answers 500 where the application raises."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=number)
        started, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        self.metrics.under_way.inc()
        try:
            await self.app(scope, receive, noted)
        except Exception:
            log.exception("request failed", method=scope["method"], path=_path(scope))
            if not status:
                await self.broken(Request(scope), number)(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - started
            self.metrics.under_way.dec()
            self.metrics.answered(scope, status, seconds)
            if scope["path"] not in _QUIET:
                log.info("request", method=scope["method"], path=_path(scope), status=status, seconds=round(seconds, 4))


def _path(scope: Scope) -> str:
    """The route rather than the address, where one was found: addresses hold tickets and badge keys."""
    route = scope.get("route")
    return str(getattr(route, "path", "")) or ("/…" if len(scope["path"]) > 60 else str(scope["path"]))
