from typing import TYPE_CHECKING
from uuid import UUID

from sqlmodel import Field, Relationship

from src.models.base import Row

if TYPE_CHECKING:
    from src.models.task import Task
    from src.models.user import User


class Project(Row, table=True):
    __tablename__ = "projects"

    name: str = Field(max_length=120)
    description: str = Field(default="", max_length=2000)
    owner_id: UUID = Field(foreign_key="users.id", index=True, ondelete="CASCADE")

    owner: "User" = Relationship(back_populates="projects")
    tasks: list["Task"] = Relationship(
        back_populates="project", cascade_delete=True, passive_deletes=True
    )
