from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from depot.db import get_session

Session = Annotated[AsyncSession, Depends(get_session)]

router = APIRouter(prefix="/api")


@router.get("/version")
async def version(session: Session):
    return (await session.execute(text("select version()"))).scalar_one()


app = FastAPI()
app.include_router(router)
