from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://depot@db.example.com/depot")
make_session = async_sessionmaker(engine, class_=AsyncSession)


class Shelf(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    label: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield


async def get_session():
    async with make_session() as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/shelves")
async def shelves(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Shelf))).all()
