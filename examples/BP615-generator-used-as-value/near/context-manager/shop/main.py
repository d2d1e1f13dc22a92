from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from shop import database


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with database.session() as entered:
        await entered.execute(text("SELECT 1"))
    kept = await database.opened()
    await kept.execute(text("SELECT 1"))
    await kept.close()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
