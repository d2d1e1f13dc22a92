from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy import select, func

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
    heavy = (await session.execute(select(func.count()).select_from(select(Parcel).where(Parcel.weight > 4).subquery()))).scalar_one()
    return {"heavy": heavy, "labels": [each.label for each in (await session.execute(select(Shelf).order_by(Shelf.label))).scalars().all()]}
