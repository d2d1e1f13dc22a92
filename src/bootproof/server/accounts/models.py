"""People, their sessions, and the tickets that they get by mail."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from bootproof.server.tables import moment

Kind = Literal["verify", "reset"]


class User(SQLModel, table=True):
    """A person. `email` is kept in lower case; `totp_secret` is sealed with the server's key."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(default="", max_length=100)
    password_hash: str = Field(sa_type=Text)
    created_at: datetime = moment()
    verified_at: datetime | None = moment(nullable=True)
    totp_secret: bytes | None = None
    totp_confirmed_at: datetime | None = moment(nullable=True)
    totp_last_used: int = 0  # the time step of the last code, so that none is taken twice


class BrowserSession(SQLModel, table=True):
    """One signed-in browser. Only a hash of its cookie is kept."""

    __tablename__ = "browser_sessions"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    token_hash: bytes = Field(unique=True)
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    expires_at: datetime = moment()
    address: str = Field(default="", max_length=64)
    agent: str = Field(default="", max_length=300)
    pending: bool = False  # the password was right, the second factor is still to come


class Ticket(SQLModel, table=True):
    """A link that was sent by mail, good once: to verify an address, or to set another password. Deleted when it was used."""

    __tablename__ = "tickets"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    kind: str = Field(max_length=10)
    email: str = Field(max_length=254)  # where it was sent, which it proves
    token_hash: bytes = Field(unique=True)
    expires_at: datetime = moment()


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for the second factor, good once. Only its hash is kept; deleted when it was used."""

    __tablename__ = "recovery_codes"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    code_hash: bytes
