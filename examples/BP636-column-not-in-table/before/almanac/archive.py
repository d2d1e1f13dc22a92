"""Models of an earlier form: nothing imports them."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Day(Base):
    __tablename__ = "days"

    id: Mapped[int] = mapped_column(primary_key=True)
    saint: Mapped[str | None] = mapped_column(String(80))
    sunrise: Mapped[str | None] = mapped_column(String(5))
