"""Reports as the database keeps them: compressed JSON. They are only ever read whole, and PostgreSQL need not parse them."""

import zlib
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_LEVEL = 1  # a report becomes a tenth; a higher level takes three times as long for a tenth of that


def packed(document: Any) -> bytes:
    """A document as the bytes that are kept. Lets other threads run while it compresses."""
    return zlib.compress(to_json(document), _LEVEL)


def unpacked(kept: bytes) -> Any:
    """The document behind the bytes."""
    return from_json(zlib.decompress(kept))


class Packed(TypeDecorator[Any]):
    """A column of documents; what is written may be packed already."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes:
        """The bytes of a document."""
        return value if isinstance(value, bytes) else packed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The document behind them."""
        return None if value is None else unpacked(value)
