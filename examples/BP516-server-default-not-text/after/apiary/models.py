from datetime import datetime

from sqlalchemy import func
from sqlalchemy import text, true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Hive(Base):
    __tablename__ = "hives"

    id: Mapped[int] = mapped_column(primary_key=True)
    frames: Mapped[int] = mapped_column(server_default=text("10"))
    alive: Mapped[bool] = mapped_column(
        server_default=true(),
        nullable=False,
    )
    set_up: Mapped[datetime] = mapped_column(server_default=func.now(), default=None)
    swarmed: Mapped[bool] = mapped_column(default=False)
