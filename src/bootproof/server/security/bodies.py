"""Bodies: how large one may be, and that it comes as it is (a compressed one could unfold to anything)."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bootproof.report.json import LARGEST as LARGEST_UPLOAD

LARGEST = 64 * 1024  # bytes, of a form or an ordinary request
DEEPEST = 40  # levels of a report
UPLOADS = "/api/uploads"

_CLOSE = {"Connection": "close"}  # what follows on this connection is not read
_TOO_DEEP = f"the JSON is nested deeper than {DEEPEST} levels"
_MOST_DIGITS = 18  # of a whole number: PostgreSQL's and most programs' have 64 bits
_TOO_MANY = 10**_MOST_DIGITS
_TOO_LARGE = "a number is larger than any that can be kept"
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")  # what may be a NUL or half a pair


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
        if announced and "transfer-encoding" in headers:
            # Two lengths: a proxy may have believed the other one (RFC 9112, 6.1). Nothing more is read from there.
            twice = JSONResponse({"detail": "A body has one length."}, 400, _CLOSE)
            await twice(scope, receive, send)
            return
        said = f"The body is larger than {limit} bytes."
        if announced.isdigit() and int(announced) > limit:
            # the rest of a body that is not much too large is read and dropped: its client then reads the refusal
            rest = {} if int(announced) < 4 * limit else _CLOSE
            await JSONResponse({"detail": said}, 413, rest)(scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge(413, said, _CLOSE)
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except TooLarge:
            if not started:
                await JSONResponse({"detail": said}, 413, _CLOSE)(scope, receive, send)


@dataclass(frozen=True)
class Parsed:
    """Data, and every text in it but keys."""

    value: Any
    texts: frozenset[str]


def parse(raw: bytes) -> Parsed:
    """A JSON text as data that PostgreSQL can keep.

    Raises ValueError, in words for a person, for one that is none, is too deep, or holds a NUL character, half a
    surrogate pair or a number without end.
    """
    try:
        value = from_json(raw, allow_inf_nan=False)  # four times as fast as the standard library's
    except ValueError:
        value = _precisely(raw)  # which says what is wrong in words that have been tested, or reads it after all
    return keepable(value, raw)


def keepable(value: Any, raw: bytes) -> Parsed:
    """The data that a JSON text holds. Raises ValueError, as `parse` does, where PostgreSQL cannot keep it."""
    texts = _survey(value)
    if _ESCAPED.search(raw):
        _free_of_holes(value)
    return Parsed(value, texts)


def _precisely(raw: bytes) -> object:
    try:
        return json.loads(raw.decode(), parse_constant=_no_number, parse_float=_finite, parse_int=_short)
    except UnicodeDecodeError as error:
        raise ValueError(f"the body is no UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:  # the parser's own limit, some hundred levels
        raise ValueError(_TOO_DEEP) from None


def _survey(value: object) -> frozenset[str]:
    """The texts of data. Raises ValueError for more than `DEEPEST` levels, or numbers that cannot be kept."""
    level, texts = [value], set[str]()
    for levels in range(DEEPEST + 1):  # those around what is looked at
        below: list[object] = []
        for each in level:
            kind = type(each)
            if kind is str:
                texts.add(each)  # type: ignore[arg-type]
            elif kind is dict or kind is list:
                if levels == DEEPEST:
                    raise ValueError(_TOO_DEEP)
                below.extend(each.values() if kind is dict else each)  # type: ignore[attr-defined, arg-type]
            elif (kind is int and abs(each) >= _TOO_MANY) or (kind is float and math.isinf(each)):  # type: ignore[arg-type]
                raise ValueError(_TOO_LARGE)
        level = below
    return frozenset(texts)


def _no_number(word: str) -> float:
    raise ValueError(f"the body is no JSON: {word} is no number there")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(_TOO_LARGE)
    return value


def _short(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(_TOO_LARGE)
    return int(digits)


def _free_of_holes(value: object) -> None:
    """Raises ValueError where a text of the data has what PostgreSQL cannot keep."""
    if isinstance(value, dict):
        for key, each in value.items():
            _free_of_holes(key)
            _free_of_holes(each)
    elif isinstance(value, list):
        for each in value:
            _free_of_holes(each)
    elif isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text contains a NUL character, which PostgreSQL cannot keep")
        if any("\ud800" <= each <= "\udfff" for each in value):
            raise ValueError("a text contains half a surrogate pair, which is no character")
