import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from apiary.models import Base

engine = create_async_engine(os.getenv("APIARY_DATABASE", "postgresql+asyncpg://apiary@localhost:5432/apiary"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Apiary", lifespan=lifespan)


@app.get("/health")
def health() -> str:
    return "Apiary"
