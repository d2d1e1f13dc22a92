from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from src.schemas.common import ReadModel, Title, Words


class ProjectCreate(BaseModel):
    name: Title
    description: Words = ""


class ProjectUpdate(BaseModel):
    name: Title | None = None
    description: Words | None = None


class ProjectRead(ReadModel):
    id: UUID
    name: str
    description: str
    owner_id: UUID
    created_at: datetime


class ProjectSummary(BaseModel):
    project: ProjectRead
    open_tasks: int
    done_tasks: int
