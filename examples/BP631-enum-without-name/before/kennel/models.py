from sqlalchemy import Enum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Dog(Base):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[str] = mapped_column(Enum("small", "large"))
    coat: Mapped[str] = mapped_column("fur", Enum("short", "long"), nullable=False)
    mood: Mapped[str] = mapped_column(Enum("calm", "lively", native_enum=False))
