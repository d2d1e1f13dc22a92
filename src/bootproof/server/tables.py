"""What all tables share."""

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
