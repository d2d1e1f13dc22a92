"""The guest book."""

from fastapi import FastAPI

from guests import find_guest

app = FastAPI()


@app.get("/guests/{email}")
def guest(email: str) -> dict[str, str]:
    return find_guest(email)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
