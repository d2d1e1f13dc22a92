from typing import Any

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import Column, Field, SQLModel, Text


class Kept(SQLModel):
    note: str = Field(default="", sa_type=Text)


class Plant(Kept, table=True):
    id: int | None = Field(default=None, primary_key=True)
    sap: str = Field(default="", sa_column=Column(Text))


class Seed(Kept, table=True):
    id: int | None = Field(default=None, primary_key=True)
    sap: str = Field(default="", sa_column=Column(Text))


class Base(DeclarativeBase):
    type_annotation_map: dict[Any, Any] = {}


class Dried:
    """A mixin of SQLAlchemy's: it copies the column for each table."""

    shelf: Mapped[str] = mapped_column(Text, sort_order=-1)


class Leaf(Dried, Base):
    __tablename__ = "leaves"

    id: Mapped[int] = mapped_column(primary_key=True)


class Flower(Dried, Base):
    __tablename__ = "flowers"

    id: Mapped[int] = mapped_column(primary_key=True)
