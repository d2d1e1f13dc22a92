from typing import TYPE_CHECKING

from sqlmodel import Field, Relationship

from src.models.base import Row

if TYPE_CHECKING:
    from src.models.notification import Notification
    from src.models.project import Project
    from src.models.task import Task


class User(Row, table=True):
    __tablename__ = "users"

    email: str = Field(max_length=320, unique=True, index=True)
    name: str = Field(max_length=120)
    password_hash: str = Field(max_length=255)

    projects: list["Project"] = Relationship(back_populates="owner")
    tasks: list["Task"] = Relationship(back_populates="assignee")
    notifications: list["Notification"] = Relationship(back_populates="user")
