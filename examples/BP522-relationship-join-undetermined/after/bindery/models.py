from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass



class Person(Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    binder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    author: Mapped["Person"] = relationship(foreign_keys="Book.author_id")
    sheets: Mapped[list["Sheet"]] = relationship()


class Sheet(Base):
    __tablename__ = "sheets"

    number: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), index=True)
    side: Mapped[str]
