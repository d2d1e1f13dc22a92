import enum

from sqlalchemy import Enum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Size(enum.Enum):
    small = "small"
    large = "large"


class Dog(Base):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[Size]
    old_size: Mapped[Size] = mapped_column(Enum(Size))
    coat: Mapped[str] = mapped_column(Enum("short", "long", name="coat"))
    mood: Mapped[str] = mapped_column(Enum("calm", "lively", native_enum=False))
