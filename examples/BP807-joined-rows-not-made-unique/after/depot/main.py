from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from depot.db import engine, get_session, make_session
from depot.models import Base, Parcel, Shelf


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with make_session() as session:
        session.add(Shelf(label="A1", parcels=[Parcel(weight=3), Parcel(weight=5)]))
        await session.commit()
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/shelves")
async def shelves(session: AsyncSession = Depends(get_session)):
    result = await session.execute(select(Shelf).options(joinedload(Shelf.parcels)))
    return [len(each.parcels) for each in result.unique().scalars().all()]
