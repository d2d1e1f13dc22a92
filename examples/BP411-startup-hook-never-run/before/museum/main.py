from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from museum.rooms import load

rooms: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    try:
        yield
    finally:
        rooms.clear()


app = FastAPI(lifespan=lifespan)


@app.on_event("startup")
async def open_rooms() -> None:
    rooms["guide"] = load()
    rooms["open"] = True


@app.on_event("shutdown")
def close_rooms() -> None:
    rooms["open"] = False


@app.get("/health")
def health() -> dict[str, str]:
    return {
        "guide": rooms["guide"],
    }
