from sqlmodel import Column, Field, SQLModel, Text


class Kept(SQLModel):
    note: str = Field(default="", sa_column=Column(Text))


class Plant(Kept, table=True):
    id: int | None = Field(default=None, primary_key=True)


class PlantRead(Kept):
    id: int
