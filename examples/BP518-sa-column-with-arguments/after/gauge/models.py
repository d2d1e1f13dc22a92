from sqlmodel import JSON, Column, Field, SQLModel, String


class Reading(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    levels: dict[str, float] = Field(sa_column=Column(JSON, nullable=False))
    station: str = Field(
        sa_column=Column(String(40), nullable=False, index=True),
    )
