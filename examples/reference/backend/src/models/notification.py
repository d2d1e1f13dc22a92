from typing import TYPE_CHECKING
from uuid import UUID

from sqlmodel import Field, Relationship

from src.models.base import Row

if TYPE_CHECKING:
    from src.models.user import User


class Notification(Row, table=True):
    __tablename__ = "notifications"

    text: str = Field(max_length=500)
    read: bool = Field(default=False)
    user_id: UUID = Field(foreign_key="users.id", index=True, ondelete="CASCADE")

    user: "User" = Relationship(back_populates="notifications")
