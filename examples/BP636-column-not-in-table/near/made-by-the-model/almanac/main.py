import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from almanac.models import Base, Day

engine = create_async_engine(os.getenv("ALMANAC_DATABASE", "postgresql+asyncpg://almanac@localhost:5432/almanac"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        app.state.known = await session.scalar(select(func.count()).select_from(Day))
    yield
    await engine.dispose()


app = FastAPI(title="Almanac", lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"known": app.state.known}
