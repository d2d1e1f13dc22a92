"""Projects, and the tokens that their CI pushes with."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Text
from sqlmodel import Field, SQLModel, UniqueConstraint

from bootproof.server.tables import moment


class Project(SQLModel, table=True):
    """One service of an organisation. What its wall shows of the last audit is kept here, so that a list reads no audits."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id", ondelete="CASCADE")
    slug: str = Field(max_length=63)
    name: str = Field(max_length=100)
    badge_key: str = Field(max_length=40, unique=True)
    retention_days: int = 365  # older audits are deleted, the last one never
    created_at: datetime = moment()
    verdict: str = Field(default="", max_length=20)  # of the last audit, "" before the first
    audited_at: datetime | None = moment(nullable=True)
    failing_since: datetime | None = moment(nullable=True)  # since when no audit said "starts"
    last_audit_id: int | None = Field(default=None, sa_type=BigInteger)


class Token(SQLModel, table=True):
    """A token of a project, `bp_<id>_<secret>`. Only a hash of the secret is kept."""

    __tablename__ = "tokens"

    id: str = Field(max_length=16, primary_key=True)
    project_id: int = Field(foreign_key="projects.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=100)
    secret_hash: bytes
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    created_by: int | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    created_at: datetime = moment()
    expires_at: datetime | None = moment(nullable=True)
    last_used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)
