"""Models of an earlier form: nothing imports them."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Block(Base):
    __tablename__ = "blocks"
    __table_args__ = (Index("ix_code", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]


class Cart(Base):
    __tablename__ = "carts"
    __table_args__ = (
        UniqueConstraint("code", name="uq_code"),
        Index("ix_code", "code", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    year: Mapped[int]
