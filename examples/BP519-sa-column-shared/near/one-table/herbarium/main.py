import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import SQLModel

from herbarium.models import Plant

engine = create_async_engine(os.getenv("HERBARIUM_DATABASE", "postgresql+asyncpg://herbarium@localhost:5432/herbarium"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    async with AsyncSession(engine) as session:
        app.state.known = await session.scalar(select(func.count()).select_from(Plant))
    yield
    await engine.dispose()


app = FastAPI(title="Herbarium", lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"known": app.state.known}
