from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

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
    heavy = session.query(Parcel).filter(Parcel.weight > 4).count()
    return {"heavy": heavy, "labels": [each.label for each in session.query(Shelf).order_by(Shelf.label).all()]}
