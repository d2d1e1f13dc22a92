from uuid import UUID

from pydantic import BaseModel, Field

from src.schemas.common import ReadModel, TagName


class TagCreate(BaseModel):
    name: TagName
    color: str = Field(default="#808080", pattern="^#[0-9a-f]{6}$")


class TagRead(ReadModel):
    id: UUID
    name: str
    color: str


class TagWithCount(BaseModel):
    tag: TagRead
    tasks: int
