from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def meter() -> Iterator[list[str]]:
    yield []


@app.get("/readings")
def readings(held: Annotated[list[str], Depends(meter)]) -> list[str]:
    return held
