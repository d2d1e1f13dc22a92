from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlmodel import Field, SQLModel


class Base(DeclarativeBase):
    pass


class Ship(Base):
    __tablename__ = "ships"

    id: Mapped[int] = mapped_column(primary_key=True)
    voyages: Mapped[list[Voyage]] = relationship(back_populates="ship")


class Voyage(Base):
    __tablename__ = "voyages"

    id: Mapped[int] = mapped_column(primary_key=True)
    ship_id: Mapped[int] = mapped_column(ForeignKey("ships.id"))
    ship: Mapped[Ship] = relationship(back_populates="voyages")


class Port(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
