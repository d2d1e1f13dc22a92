from fastapi import APIRouter
from sqlalchemy import text

from rooms.database import SessionOfRequest

router = APIRouter(prefix="/rooms")


@router.get("/")
async def rooms(limit: int, session: SessionOfRequest) -> dict[str, int]:
    found = await session.scalar(text("SELECT :limit"), {"limit": limit})
    return {"rooms": found or 0}
