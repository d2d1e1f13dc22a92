from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from depot.db import get_session
from depot.warm import warm_up


@asynccontextmanager
async def lifespan(app: FastAPI):
    await warm_up()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/version")
async def version(session: AsyncSession = Depends(get_session)):
    return (await session.execute(text("select version()"))).scalar_one()
