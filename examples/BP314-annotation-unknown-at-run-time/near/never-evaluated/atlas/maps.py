from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from decimal import Decimal

    from atlas.scales import Sheet


@dataclass
class Map:
    """A dataclass of the standard library leaves its annotations alone."""

    name: str
    price: Decimal | None = None
    sheets: ClassVar[list[Sheet]] = []
