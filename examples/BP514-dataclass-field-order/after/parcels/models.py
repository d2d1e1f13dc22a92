from dataclasses import dataclass

from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class Base(MappedAsDataclass, DeclarativeBase):
    pass


@dataclass
class Window:
    opens: int
    closes: int = 18


class Parcel(Base, kw_only=True):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    state: Mapped[str] = mapped_column(default="taken in")
    weight: Mapped[int]
