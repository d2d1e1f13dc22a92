from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shop import database


@asynccontextmanager
async def lifespan(app: FastAPI):
    opened = database.session()
    found = await opened.execute(
        text(
            """SELECT count(*)
FROM pg_tables"""
        )
    )
    app.state.tables = found.scalar_one()

    yield


app = FastAPI(lifespan=lifespan)


@app.get("/tables")
async def tables(opened: Annotated[AsyncSession, Depends(database.session)]) -> int:
    return (await opened.execute(text("SELECT count(*) FROM pg_tables"))).scalar_one()
