from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from depot.db import get_session
from depot.warm import begin

begin()
app = FastAPI()


@app.get("/version")
async def version(session: AsyncSession = Depends(get_session)):
    return (await session.execute(text("select version()"))).scalar_one()
