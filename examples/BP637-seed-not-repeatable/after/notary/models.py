from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Office(Base):
    __tablename__ = "offices"

    code: Mapped[str] = mapped_column(primary_key=True)
    town: Mapped[str]


class Seal(Base):
    __tablename__ = "seals"

    id: Mapped[int] = mapped_column(primary_key=True)
    office: Mapped[str] = mapped_column(ForeignKey("offices.code"))
