import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from parcels.models import Base, Parcel

engine = create_async_engine(os.getenv("PARCELS_DATABASE", "postgresql+asyncpg://parcels@localhost:5432/parcels"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Parcels", lifespan=lifespan)


@app.post("/parcels")
async def take_in(weight: int) -> str:
    parcel = Parcel(weight=weight)
    return parcel.state


@app.get("/health")
def health() -> str:
    return "Parcels"
