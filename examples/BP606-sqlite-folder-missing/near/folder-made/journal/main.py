from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from journal.database import engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY)"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
