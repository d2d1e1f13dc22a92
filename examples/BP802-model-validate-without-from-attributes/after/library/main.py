from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from pydantic import ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from library.models import Author, Base, Book

engine = create_async_engine("postgresql+asyncpg://library@db.example.com/library")
make_session = async_sessionmaker(engine, expire_on_commit=False)


class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with make_session() as session:
        session.add(Author(name="Lem", books=[Book(title="Solaris")]))
        await session.commit()
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/authors/first")
async def first_author(session: AsyncSession = Depends(get_session)) -> AuthorOut:
    author = (await session.execute(select(Author).limit(1))).scalar_one()
    return AuthorOut.model_validate(author)
