import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

import museum.paths  # noqa: F401
from museum.models import Base
from museum.tours import router

engine = create_async_engine(os.getenv("MUSEUM_DATABASE", "postgresql+asyncpg://museum@localhost:5432/museum"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Museum", lifespan=lifespan)
app.include_router(router)


@app.get("/health")
def health() -> str:
    return "Museum"
