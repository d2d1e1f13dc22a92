from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker

from library.database import engine
from library.models import Book

make_session = async_sessionmaker(engine)
app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/books")
async def books() -> list[str]:
    async with make_session() as session:
        return list((await session.execute(select(Book.title))).scalars())
