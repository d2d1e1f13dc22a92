from fastapi import Depends, FastAPI
from sqlalchemy import text

from depot.db import open_session

app = FastAPI()


@app.get("/version")
async def version(session=Depends(open_session)):
    return (await session.execute(text("select version()"))).scalar_one()
