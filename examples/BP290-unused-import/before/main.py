"""A page that says where it is."""

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/health", response_class=PlainTextResponse)
def health() -> str:
    return "healthy"
