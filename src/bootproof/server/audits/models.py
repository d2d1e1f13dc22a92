"""Audits as they were pushed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, UniqueConstraint

from bootproof.server.audits.packing import Packed
from bootproof.server.tables import moment


class Audit(SQLModel, table=True):
    """One report. `key` is the client's own, so that an upload that is repeated is kept once.

    `codes` and `told` are what its findings are searched by; the findings themselves are in the document.
    """

    __tablename__ = "audits"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        Index("ix_audits_project_id_created_at_id", "project_id", "created_at", "id"),  # a page of the history
        Index("ix_audits_project_id_verdict_created_at", "project_id", "verdict", "created_at"),  # when it last started
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    project_id: int = Field(foreign_key="projects.id", ondelete="CASCADE")
    key: str = Field(max_length=100)
    digest: bytes  # of what was uploaded: the same key with other contents is refused
    created_at: datetime = moment()  # when the audit was made, as its report says
    received_at: datetime = moment()
    verdict: str = Field(max_length=20)
    fixed_verdict: str = Field(max_length=20)
    commit: str = Field(default="", max_length=64)
    branch: str = Field(default="", max_length=200)
    blockers: int = 0
    failures: int = 0
    advice: int = 0
    seconds: float = 0
    stages: list[Any] = Field(default_factory=list, sa_type=JSONB)
    codes: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # of its findings, each once
    told: str = Field(default="", sa_type=Text)  # files and causes of its findings, with what no text holds between them
    document: dict[str, Any] = Field(default_factory=dict, sa_type=Packed)
    token_id: str = Field(default="", max_length=16)
