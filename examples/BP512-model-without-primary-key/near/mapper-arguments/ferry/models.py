from sqlalchemy import Column, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = MetaData()


lines = Table("lines", Base.metadata, Column("name", String(80)), Column("code", String(4)))


class Draft:
    """A plain class beside the models: no table, no primary_key."""

    name: str = ""


class Line(Base):
    __table__ = lines
    __mapper_args__ = {"primary_key": [lines.c.code]}
