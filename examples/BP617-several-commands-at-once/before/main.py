from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://parcels@db.example.com/parcels")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.execute(
            text("""
                -- where parcels wait; in no order
                CREATE TABLE IF NOT EXISTS shelves (
                    id serial PRIMARY KEY,
                    label text DEFAULT 'left; above'
                );
                CREATE INDEX IF NOT EXISTS shelves_label ON shelves (label);
            """)
        )
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
