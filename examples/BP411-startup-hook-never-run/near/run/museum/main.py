from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException

from museum.rooms import load

rooms: dict[str, Any] = {}


async def open_rooms() -> None:
    rooms["guide"] = load()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await open_rooms()
    async with garden.router.lifespan_context(garden):
        yield


@asynccontextmanager
async def gates(app: FastAPI):
    app.state.gate = "open"
    yield


app = FastAPI(lifespan=lifespan)
garden = FastAPI(lifespan=gates)
app.mount("/garden", garden)


@garden.get("/gate")
def gate() -> str:
    return garden.state.gate


@app.get("/health")
def health() -> dict[str, str]:
    return {"guide": rooms["guide"]}


@app.get("/rooms/{name}")
def room(name: str) -> str:
    try:
        return rooms[name]
    except KeyError:
        raise HTTPException(404) from None
