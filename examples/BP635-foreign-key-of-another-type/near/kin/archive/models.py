from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    room: Mapped[str] = mapped_column(String(20), unique=True)


class Folder(Base):
    __tablename__ = "folders"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("shelves.id"))
    room: Mapped[str] = mapped_column(Text, ForeignKey("shelves.room"))
