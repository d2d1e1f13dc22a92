from sqlalchemy import Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass



class Block(Base):
    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    ix_code: Mapped[str]


index = Index("ix_code", Block.ix_code)
NAMES = ("ix_code", index.name)
