import asyncio

from fastapi import FastAPI
from sqlalchemy import text

from depot.db import make_session

app = FastAPI()


async def one(query: str):
    async with make_session() as session:
        return (await session.execute(text(query))).scalar_one()


@app.get("/facts")
async def facts():
    return await asyncio.gather(one("select version()"), one("select current_date"))
