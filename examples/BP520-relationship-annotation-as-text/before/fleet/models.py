from __future__ import annotations

from sqlmodel import Field, Relationship, SQLModel


class Ship(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    voyages: list[Voyage] = Relationship(back_populates="ship")

    def last(self) -> Voyage | None:
        return self.voyages[-1] if self.voyages else None


class Voyage(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    ship_id: int | None = Field(default=None, foreign_key="ship.id")
    ship: Ship | None = Relationship(back_populates="voyages")
