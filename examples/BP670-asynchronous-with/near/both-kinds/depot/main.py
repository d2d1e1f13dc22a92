from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

plain = create_engine("sqlite://")
engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot")


@asynccontextmanager
async def lifespan(app: FastAPI):
    with plain.begin() as connection:  # async with plain.begin() would not enter it
        connection.execute(text("SELECT 1"))
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
