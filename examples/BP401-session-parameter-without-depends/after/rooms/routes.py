from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing import Annotated
from fastapi import Depends
from rooms.database import session_of_request

router = APIRouter(prefix="/rooms")


@router.get("/")
async def rooms(limit: int, session: Annotated[AsyncSession, Depends(session_of_request)]) -> dict[str, int]:
    found = await session.scalar(text("SELECT :limit"), {"limit": limit})
    return {"rooms": found or 0}
