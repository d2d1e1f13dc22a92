from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass



class Section(Base):
    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(primary_key=True)
    above_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    above: Mapped["Section | None"] = relationship(back_populates="below", remote_side="Section.id")
    below: Mapped[list["Section"]] = relationship(back_populates="above")
    players: Mapped[list["Player"]] = relationship(back_populates="section")


class Player(Base):
    __tablename__ = "players"

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    parts: Mapped[list["Part"]] = relationship(back_populates="player")
    section: Mapped["Section"] = relationship(back_populates="players")


class Part(Base):
    __tablename__ = "parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    player_id: Mapped[int] = mapped_column(ForeignKey("players.id"))
    player: Mapped["Player"] = relationship(back_populates="parts")
