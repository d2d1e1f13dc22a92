from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


class Archive(DeclarativeBase):
    """A base of its own: no class User(DeclarativeBase) with a table."""


class Voice(Base):
    __tablename__ = "voices"

    id: Mapped[int] = mapped_column(primary_key=True)


class Concert(Archive):
    __tablename__ = "voices"

    id: Mapped[int] = mapped_column(primary_key=True)
