from dataclasses import dataclass

from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class Base(MappedAsDataclass, DeclarativeBase):
    pass


@dataclass
class Window:
    opens: int
    closes: int = 18


class Parcel(Base):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    weight: Mapped[int]
    state: Mapped[str] = mapped_column(default="taken in")
    shelf: Mapped[str | None] = mapped_column(default=None, kw_only=True)
