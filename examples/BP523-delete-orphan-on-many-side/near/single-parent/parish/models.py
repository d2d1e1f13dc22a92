from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass



class House(Base):
    __tablename__ = "houses"

    id: Mapped[int] = mapped_column(primary_key=True)
    deed_id: Mapped[int] = mapped_column(ForeignKey("deeds.id"))
    deed: Mapped["Deed"] = relationship(cascade="all, delete-orphan", single_parent=True)


class Deed(Base):
    __tablename__ = "deeds"

    id: Mapped[int] = mapped_column(primary_key=True)
