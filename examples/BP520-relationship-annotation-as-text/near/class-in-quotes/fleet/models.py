from typing import Optional

from sqlmodel import Field, Relationship, SQLModel


class Ship(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: "str"
    flag: "Flag" = Relationship(back_populates="ship")
    voyages: list["Voyage"] = Relationship(back_populates="ship")


class Flag(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    ship_id: int | None = Field(default=None, foreign_key="ship.id")
    ship: Ship | None = Relationship(back_populates="flag")


class Voyage(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    ship_id: int | None = Field(default=None, foreign_key="ship.id")
    ship: Optional["Ship"] = Relationship(back_populates="voyages")
