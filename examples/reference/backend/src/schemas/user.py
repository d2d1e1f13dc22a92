from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, EmailStr

from src.schemas.common import ReadModel, Title


class UserRead(ReadModel):
    id: UUID
    email: EmailStr
    name: str
    created_at: datetime


class UserUpdate(BaseModel):
    name: Title
