from datetime import date
from enum import Enum
from typing import Annotated
from uuid import UUID

from fastapi import Body, FastAPI, Path, Query
from pydantic import BaseModel

app = FastAPI()


class Kind(str, Enum):
    cat = "cat"


class Meal(BaseModel):
    food: str


@app.put("/animals/{kind}/{tag}/{day}")
def feed(kind: Kind, tag: UUID, day: Annotated[date, Path()], meal: Meal, name: Annotated[str, Query()] = "") -> str:
    return f"{kind} {tag} {day} {meal.food} {name}"
