from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Identified:
    id: Mapped[int] = mapped_column(primary_key=True)


class Line(Identified, Base):
    __tablename__ = "lines"

    name: Mapped[str] = mapped_column(String(80), unique=True)


class Quay(Identified, Base):
    __tablename__ = "quays"

    name: Mapped[str]


class Stop(Base):
    __tablename__ = "stops"

    line: Mapped[int] = mapped_column(ForeignKey("lines.id"), primary_key=True)
    quay: Mapped[int] = mapped_column(ForeignKey("quays.id"), primary_key=True)
