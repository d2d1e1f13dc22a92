"""Works with both versions of pydantic."""

try:
    from pydantic_settings import BaseSettings
except ImportError:
    from pydantic.v1 import BaseSettings
from fastapi import FastAPI


class Settings(BaseSettings):
    name: str = "bakery"


app = FastAPI(title=Settings().name)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
