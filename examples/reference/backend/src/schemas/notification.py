from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from src.schemas.common import ReadModel


class NotificationRead(ReadModel):
    id: UUID
    text: str
    read: bool
    created_at: datetime


class Digest(BaseModel):
    text: str
    overdue: int
