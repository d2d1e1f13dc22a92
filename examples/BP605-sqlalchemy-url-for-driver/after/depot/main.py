from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from depot.settings import settings

engine = create_async_engine(settings.database_url)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(dsn=settings.database_url.replace("+asyncpg", "", 1), min_size=1) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> int:
    return await app.state.pool.fetchval("SELECT 1")
