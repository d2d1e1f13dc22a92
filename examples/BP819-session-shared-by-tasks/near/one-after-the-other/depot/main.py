import asyncio

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from depot.db import get_session

app = FastAPI()


async def one(session: AsyncSession, query: str):
    return (await session.execute(text(query))).scalar_one()


async def spell(what: str) -> str:
    return f"select {what}"


@app.get("/facts")
async def facts(session: AsyncSession = Depends(get_session)):
    version, day = [
        await one(session, query) for query in await asyncio.gather(spell("version()"), spell("current_date"))
    ]
    return {"version": version, "day": day}
