from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


class Database:
    def __init__(self, url: str) -> None:
        self.engine = create_async_engine(url)

    async def version(self) -> str:
        async with self.engine.begin() as connection:
            found = await connection.execute(text("SHOW server_version"))
            row = found.one()
            return str(row[0])


database = Database("postgresql+asyncpg://survey@db.example.com/survey")


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.version = await database.version()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/version")
async def version() -> str:
    return app.state.version
