from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy import select
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


class Catalogue:
    def query(self, model):
        return [model.__name__]


@app.get("/shelves")
async def shelves(session: AsyncSession = Depends(get_session)):
    """Not session.query(Shelf): that is the synchronous session's."""
    found = await session.run_sync(lambda plain: [each.label for each in plain.query(Shelf).all()])
    labels = (await session.scalars(select(Shelf.label))).all()
    return {"found": found, "labels": labels, "names": Catalogue().query(Shelf)}
