from dataclasses import dataclass
from typing import Any

from sqlmodel import JSON, SQLModel
from sqlmodel import Field as Described


@dataclass
class Field:
    """Of our own: how a column is shown, whatever its table."""

    sa_column: Any = None
    nullable: bool = True


shown = Field(sa_column="levels", nullable=False)


class Reading(SQLModel, table=True):
    id: int | None = Described(default=None, primary_key=True)
    levels: dict[str, float] = Described(sa_type=JSON, nullable=False)
    station: str = Described(max_length=40, index=True)
