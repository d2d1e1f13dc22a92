from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Optional
from uuid import UUID

from sqlmodel import Field, Relationship

from src.models.base import AwareTime, Row
from src.models.tag import TaskTag

if TYPE_CHECKING:
    from src.models.project import Project
    from src.models.tag import Tag
    from src.models.user import User


class TaskStatus(str, Enum):
    open = "open"
    doing = "doing"
    done = "done"


class Task(Row, table=True):
    __tablename__ = "tasks"

    title: str = Field(max_length=200)
    description: str = Field(default="", max_length=4000)
    status: TaskStatus = Field(default=TaskStatus.open, index=True)
    due_at: datetime | None = Field(default=None, sa_type=AwareTime)
    project_id: UUID = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    assignee_id: UUID | None = Field(
        default=None, foreign_key="users.id", index=True, ondelete="SET NULL"
    )

    project: "Project" = Relationship(back_populates="tasks")
    assignee: Optional["User"] = Relationship(back_populates="tasks")
    tags: list["Tag"] = Relationship(back_populates="tasks", link_model=TaskTag)
