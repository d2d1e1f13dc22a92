"""What all tables have."""

from datetime import datetime, timezone
from uuid import UUID, uuid4

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

# Aware in Python, `timestamp with time zone` in PostgreSQL.
AwareTime = DateTime(timezone=True)


def now() -> datetime:
    return datetime.now(timezone.utc)


class Row(SQLModel):
    """A row with an id of its own and the time when it was made."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = Field(default_factory=now, sa_type=AwareTime, nullable=False)
