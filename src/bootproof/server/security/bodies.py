"""Bodies: how large one may be, and that it comes as it is (a compressed one could unfold to anything)."""

import json

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 1024  # bytes, of a form or an ordinary request
LARGEST_UPLOAD = 5 * 1024 * 1024  # bytes, of a report
DEEPEST = 40  # levels of a report
UPLOADS = "/api/uploads"


class TooLarge(HTTPException):
    """The body grew past its limit while it was read; FastAPI lets its own exceptions through where it reads a body."""


class BodyLimit:
    """ASGI middleware: 413 for a body that is too large, announced or not, 415 for one that is compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what is received; nothing beyond the limit is kept."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = LARGEST_UPLOAD if scope["path"].startswith(UPLOADS) else LARGEST
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            await JSONResponse({"detail": "Send the body uncompressed."}, 415)(scope, receive, send)
            return
        announced = headers.get("content-length", "")
        too_large = JSONResponse({"detail": f"The body is larger than {limit} bytes."}, 413)
        if announced.isdigit() and int(announced) > limit:
            await too_large(scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge(413, f"The body is larger than {limit} bytes.")
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except TooLarge:
            if not started:
                await too_large(scope, receive, send)


def depth(raw: bytes) -> int:
    """How deep the brackets of a JSON text go, counted without building anything."""
    deepest = level = 0
    quoted = escaped = False
    for byte in raw:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def parse(raw: bytes) -> object:
    """A JSON text as data. Raises ValueError, in words for a person, for one that is none, too deep or with NUL characters."""
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and depth(raw) > DEEPEST:
        raise ValueError(f"the JSON is nested deeper than {DEEPEST} levels")
    try:
        value = json.loads(raw)
    except UnicodeDecodeError as error:
        raise ValueError(f"the body is no UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    if b"\\u0000" in raw or b"\0" in raw:
        raise ValueError("a text contains a NUL character, which PostgreSQL cannot keep")
    return value
