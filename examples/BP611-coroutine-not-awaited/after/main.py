import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

log = logging.getLogger(__name__)
engine = create_async_engine("postgresql+asyncpg://wiki@db.example.com/wiki")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.connect() as connection:
        version = (await connection.execute(text("SHOW server_version"))).scalar_one()
        log.info("connected to PostgreSQL %s", version)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def home() -> dict[str, str]:
    return {"name": "wiki"}
