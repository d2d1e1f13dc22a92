from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from orchard.database import reading, writing


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    for engine in (writing, reading):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    yield
    for engine in (writing, reading):
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health() -> str:
    return "ripe"
