import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from notary.models import Base
from notary.seeds import add_offices, add_seals

engine = create_async_engine(os.getenv("NOTARY_DATABASE", "postgresql+asyncpg://notary@localhost:5432/notary"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        await add_seals(session)
        await add_offices(session)
    yield
    await engine.dispose()


app = FastAPI(title="Notary", lifespan=lifespan)


@app.get("/health")
def health() -> str:
    return "Notary"
