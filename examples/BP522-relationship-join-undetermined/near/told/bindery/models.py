from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass



class Person(Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


lent = Table(
    "lent",
    Base.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
)


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    binder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    author: Mapped["Person"] = relationship(foreign_keys=[author_id])
    binder: Mapped["Person | None"] = relationship(foreign_keys="Book.binder_id")
    readers: Mapped[list["Person"]] = relationship(secondary=lent)
    sheets: Mapped[list["Sheet"]] = relationship(primaryjoin="Book.id == foreign(Sheet.book_id)")


class Sheet(Base):
    __tablename__ = "sheets"

    number: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(index=True)
