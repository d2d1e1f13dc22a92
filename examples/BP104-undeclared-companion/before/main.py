"""Takes a name from a form."""

from typing import Annotated

from fastapi import FastAPI, Form

app = FastAPI()


@app.post("/guests")
def add_guest(name: Annotated[str, Form()]) -> dict[str, str]:
    return {"name": name}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
