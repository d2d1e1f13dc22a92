import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from choir.models import Singer

engine = create_async_engine(os.getenv("CHOIR_DATABASE", "postgresql+asyncpg://choir@localhost:5432/choir"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Singer.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Choir", lifespan=lifespan)


@app.get("/health")
def health() -> str:
    return "Choir"
