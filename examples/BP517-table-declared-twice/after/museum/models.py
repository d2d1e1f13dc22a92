from sqlalchemy.orm import Mapped, mapped_column

from museum.base import Base


class Exhibit(Base):
    __tablename__ = "exhibits"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
