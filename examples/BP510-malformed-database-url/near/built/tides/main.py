from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from tides.store import Session, engine, settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield
    await engine.dispose()


app = FastAPI(title=settings.title, lifespan=lifespan)


@app.get("/now")
async def now() -> str:
    async with Session() as session:
        return str(await session.scalar(text("SELECT now()")))
