from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from src.models import TaskStatus
from src.schemas.common import ReadModel, TagName, Title, Words
from src.schemas.tag import TagRead


class TaskCreate(BaseModel):
    project_id: UUID
    title: Title
    description: Words = ""
    due_at: AwareDatetime | None = None
    tags: list[TagName] = []


class TaskUpdate(BaseModel):
    title: Title | None = None
    description: Words | None = None
    status: TaskStatus | None = None
    due_at: AwareDatetime | None = None
    tags: list[TagName] | None = None


class TaskRead(ReadModel):
    id: UUID
    project_id: UUID
    title: str
    description: str
    status: TaskStatus
    due_at: datetime | None
    created_at: datetime
    tags: list[TagRead]
