from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from depot.database import engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
