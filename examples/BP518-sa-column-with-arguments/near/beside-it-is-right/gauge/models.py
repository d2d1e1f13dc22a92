from sqlmodel import JSON, Column, Field, SQLModel, String


class Reading(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    levels: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    station: str = Field(description="where: nullable=False", max_length=40, sa_column=Column(String(40), index=True))
