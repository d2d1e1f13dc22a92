from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Office(Base):
    __tablename__ = "offices"
    __table_args__ = {"schema": "border"}

    id: Mapped[int] = mapped_column(primary_key=True)


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = {"schema": "border"}

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("border.offices.id"))
