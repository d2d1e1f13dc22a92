from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from museum.rooms import load

rooms: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    try:
        await open_rooms()
        yield
        close_rooms()
    finally:
        rooms.clear()


app = FastAPI(lifespan=lifespan)


async def open_rooms() -> None:
    rooms["guide"] = load()
    rooms["open"] = True


def close_rooms() -> None:
    rooms["open"] = False


@app.get("/health")
def health() -> dict[str, str]:
    return {
        "guide": rooms["guide"],
    }
