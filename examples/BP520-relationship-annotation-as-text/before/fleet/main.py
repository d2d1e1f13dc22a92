import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import SQLModel

from fleet.models import Ship

engine = create_async_engine(os.getenv("FLEET_DATABASE", "postgresql+asyncpg://fleet@localhost:5432/fleet"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    async with AsyncSession(engine) as session:
        app.state.known = len((await session.scalars(select(Ship))).all())
    yield
    await engine.dispose()


app = FastAPI(title="Fleet", lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"known": app.state.known}
