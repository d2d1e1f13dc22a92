from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Plot(Base):
    __tablename__ = "plots"
    __table_args__ = (UniqueConstraint("row", "place", name="one_plot_a_place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    place: Mapped[int]


class Tool(Base):
    __tablename__ = "tools"
    __table_args__ = (Index("ix_tools_kind", "kind"), {"comment": "what is lent"})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
