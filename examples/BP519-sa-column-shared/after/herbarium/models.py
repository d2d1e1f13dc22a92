from datetime import UTC, datetime

from sqlmodel import Column, DateTime, Field, SQLModel, Text


class Kept(SQLModel):
    note: str = Field(default="", sa_type=Text, nullable=True)
    found: datetime = Field(
        default_factory=lambda: datetime.now(UTC),
        sa_type=DateTime(timezone=True), nullable=False, index=True,
    )


class Plant(Kept, table=True):
    id: int | None = Field(default=None, primary_key=True)


class Seed(Kept, table=True):
    id: int | None = Field(default=None, primary_key=True)
