from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker

from library.database import engine
from library.models import Book
from library.models import Base

make_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(_app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/books")
async def books() -> list[str]:
    async with make_session() as session:
        return list((await session.execute(select(Book.title))).scalars())
