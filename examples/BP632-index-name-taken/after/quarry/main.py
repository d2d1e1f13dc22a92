import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from quarry.models import Base

engine = create_async_engine(os.getenv("QUARRY_DATABASE", "postgresql+asyncpg://quarry@localhost:5432/quarry"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Quarry", lifespan=lifespan)


@app.get("/health")
def health() -> str:
    return "Quarry"
