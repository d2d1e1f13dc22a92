from fastapi import FastAPI
from sqlmodel import Field, SQLModel, create_engine


class Recipe(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    steps: list[str] = Field(default_factory=list)
    amounts: dict[str, int] = {}


SQLModel.metadata.create_all(create_engine("sqlite://"))
app = FastAPI()


@app.get("/columns")
def columns() -> list[str]:
    return [column.name for column in Recipe.__table__.columns]
