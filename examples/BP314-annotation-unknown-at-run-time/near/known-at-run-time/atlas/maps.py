from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from pydantic import BaseModel

if TYPE_CHECKING:
    from atlas.scales import Sheet


class Map(BaseModel):
    name: str
    printed: Optional[date] = None
    price: Optional[Decimal] = None
    parts: list[Map] = []


def sheet_of(drawn: Map) -> Sheet | None:
    return None
