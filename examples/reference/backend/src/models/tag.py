from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from src.models.base import Row

if TYPE_CHECKING:
    from src.models.task import Task


class TaskTag(SQLModel, table=True):
    """Which task carries which tag."""

    __tablename__ = "task_tags"

    task_id: UUID = Field(foreign_key="tasks.id", primary_key=True, ondelete="CASCADE")
    tag_id: UUID = Field(foreign_key="tags.id", primary_key=True, ondelete="CASCADE")


class Tag(Row, table=True):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    name: str = Field(max_length=60, index=True)
    color: str = Field(default="#808080", max_length=7)
    owner_id: UUID = Field(foreign_key="users.id", index=True, ondelete="CASCADE")

    tasks: list["Task"] = Relationship(back_populates="tags", link_model=TaskTag)
