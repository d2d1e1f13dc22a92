"""A page that says where it is."""

from fastapi import Depends, FastAPI  # noqa: F401
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/health", response_class=PlainTextResponse)
def health() -> str:
    return "healthy"
