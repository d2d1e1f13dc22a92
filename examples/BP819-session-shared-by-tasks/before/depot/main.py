import asyncio

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from depot.db import get_session

app = FastAPI()


async def one(session: AsyncSession, query: str):
    return (await session.execute(text(query))).scalar_one()


@app.get("/facts")
async def facts(session: AsyncSession = Depends(get_session)):
    version, day = await asyncio.gather(
        one(session, "select version()"),
        one(session, "select current_date"),
    )
    return {"version": version, "day": day}
