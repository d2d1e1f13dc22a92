from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shop import database


@asynccontextmanager
async def lifespan(app: FastAPI):
    # opened = database.session() would be the generator itself
    async for opened in database.session():
        await opened.execute(text("SELECT 1"))
    source = database.session()
    app.state.name = (await anext(source)).__class__.__name__
    await source.aclose()
    async with asynccontextmanager(database.session)() as entered:
        await entered.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/tables")
async def tables(opened: Annotated[AsyncSession, Depends(database.session)]) -> int:
    return (await opened.execute(text("SELECT count(*) FROM pg_tables"))).scalar_one()
