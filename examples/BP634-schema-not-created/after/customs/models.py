from sqlalchemy import ForeignKey
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateSchema


class Base(DeclarativeBase):
    pass


event.listen(Base.metadata, "before_create", CreateSchema("border", if_not_exists=True))



class Office(Base):
    __tablename__ = "offices"
    __table_args__ = {"schema": "border"}

    id: Mapped[int] = mapped_column(primary_key=True)


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = {"schema": "border"}

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("border.offices.id"))
