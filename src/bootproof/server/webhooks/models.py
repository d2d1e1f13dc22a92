"""Where a project's events are sent, and how each sending went."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from bootproof.server.tables import moment


class Webhook(SQLModel, table=True):
    """One address. `secret` is sealed with the server's key; it signs what is sent."""

    __tablename__ = "webhooks"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="projects.id", ondelete="CASCADE", index=True)
    url: str = Field(sa_type=Text)
    secret: bytes
    created_at: datetime = moment()
    disabled_at: datetime | None = moment(nullable=True)


class Delivery(SQLModel, table=True):
    """One event for one webhook, and how its last attempt ended."""

    __tablename__ = "deliveries"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    webhook_id: int = Field(foreign_key="webhooks.id", ondelete="CASCADE", index=True)
    event: str = Field(max_length=30)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    created_at: datetime = moment()
    attempts: int = 0
    status: int | None = None  # of the last answer; None where there was none
    note: str = Field(default="", sa_type=Text)
    delivered_at: datetime | None = moment(nullable=True)
