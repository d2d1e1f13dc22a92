"""Takes a name from a body."""

from typing import Annotated

from fastapi import Body, FastAPI

app = FastAPI()


@app.post("/guests")
def add_guest(name: Annotated[str, Body(embed=True)]) -> dict[str, str]:
    return {"name": name}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
