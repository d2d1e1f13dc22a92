from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Block(Base):
    __tablename__ = "blocks"
    __table_args__ = (Index("ix_blocks_code", "code"), CheckConstraint("year > 0", name="year_known"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    year: Mapped[int] = mapped_column(index=True)


class Cart(Base):
    __tablename__ = "carts"
    __table_args__ = (Index("ix_carts_code", "code"), CheckConstraint("year > 0", name="year_known"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    year: Mapped[int] = mapped_column(index=True)
