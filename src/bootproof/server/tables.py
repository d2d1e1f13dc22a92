"""What all tables share, and the one place that knows every model: Alembic and the tests compare with it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {  # so that a migration can name what it drops
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def moment(**options: Any) -> Any:
    """A column for a moment, kept with its time zone; `index=True` and the like go to the column."""
    nullable = options.pop("nullable", False)
    if nullable:
        options.setdefault("default", None)
    else:
        options.setdefault("default_factory", now)
    return Field(sa_type=DateTime(timezone=True), nullable=nullable, **options)


def metadata() -> Any:
    """The metadata with every model of the server registered."""
    from bootproof.server.accounts import models as accounts
    from bootproof.server.audits import models as audits
    from bootproof.server.organisations import models as organisations
    from bootproof.server.projects import models as projects
    from bootproof.server.security import models as security
    from bootproof.server.webhooks import models as webhooks

    assert all((accounts, audits, organisations, projects, security, webhooks))
    return SQLModel.metadata
