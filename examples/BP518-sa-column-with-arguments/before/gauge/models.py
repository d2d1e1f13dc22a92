from sqlmodel import JSON, Column, Field, SQLModel, String


class Reading(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    levels: dict[str, float] = Field(nullable=False, sa_column=Column(JSON))
    station: str = Field(
        index=True,
        sa_column=Column(String(40), nullable=False),
    )
