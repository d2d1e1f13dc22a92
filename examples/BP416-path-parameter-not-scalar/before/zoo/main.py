from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/animals")
def animals(kind: Annotated[list[str] | None, Query()] = None) -> list[str]:
    return kind or []


@app.get("/animals/{name}/{day:int}")
def animal(
    day: int,
    # as on its cage
    name: Annotated[str, Query(min_length=2)],
) -> str:
    return f"{name} on {day}"
