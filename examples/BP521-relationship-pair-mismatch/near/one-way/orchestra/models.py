from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass



class Section(Base):
    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(primary_key=True)
    below_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    below: Mapped[list["Section"]] = relationship()
    players: Mapped[list["Player"]] = relationship(viewonly=True)


class Player(Base):
    """Its section is a way of its own: no back_populates="players"."""

    __tablename__ = "players"

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    section: Mapped["Section"] = relationship()
