import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from parish.models import Base, House

engine = create_async_engine(os.getenv("PARISH_DATABASE", "postgresql+asyncpg://parish@localhost:5432/parish"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        app.state.known = len((await session.scalars(select(House))).all())
    yield
    await engine.dispose()


app = FastAPI(title="Parish", lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"known": app.state.known}
