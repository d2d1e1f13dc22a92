"""Organisations, who belongs to them, who is invited, and what was done."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel, UniqueConstraint

from bootproof.server.tables import moment


class Role(StrEnum):
    """What a member may do; each may what those behind it may."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    def may(self, needed: "Role") -> bool:
        """Whether this role includes the needed one."""
        order = list(Role)
        return order.index(self) <= order.index(needed)


class Organisation(SQLModel, table=True):
    """A team. `slug` is its name in addresses."""

    __tablename__ = "organisations"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=63, unique=True)
    name: str = Field(max_length=100)
    created_at: datetime = moment()


class Membership(SQLModel, table=True):
    """That a person belongs to an organisation, and as what."""

    __tablename__ = "memberships"

    organisation_id: int = Field(foreign_key="organisations.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    role: str = Field(max_length=10)
    joined_at: datetime = moment()


class Invitation(SQLModel, table=True):
    """An invitation by mail; good once, until it expires."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id", ondelete="CASCADE")
    email: str = Field(max_length=254, index=True)
    role: str = Field(max_length=10)
    token_hash: bytes = Field(unique=True)
    invited_by: int | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    created_at: datetime = moment()
    expires_at: datetime = moment()


class Act(SQLModel, table=True):
    """One administrative act: who did what to which thing. Never changed, deleted with its organisation only."""

    __tablename__ = "acts"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    organisation_id: int = Field(foreign_key="organisations.id", ondelete="CASCADE", index=True)
    user_id: int | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    at: datetime = moment()
    what: str = Field(max_length=50)  # invited, joined, role-changed, removed, project-created, token-made, …
    about: str = Field(default="", sa_type=Text)
    address: str = Field(default="", max_length=64)
