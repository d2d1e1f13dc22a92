"""A page that says where it is, and passes a name on."""

from fastapi import Depends, FastAPI

__all__ = ["Depends", "app"]

app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
