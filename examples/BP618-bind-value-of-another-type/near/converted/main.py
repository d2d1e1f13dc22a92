from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://parcels@db.example.com/parcels")
LEVEL = "2"


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE shelves (id int, label text)"))
        await connection.execute(
            text("INSERT INTO shelves (label, id) VALUES (:label, :id)"),
            {
                "id": int(LEVEL),
                "label": "left",
            },
        )
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
