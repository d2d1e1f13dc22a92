from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

router = APIRouter(prefix="/rooms")


@router.get("/")
async def rooms(limit: int, session: AsyncSession) -> dict[str, int]:
    found = await session.scalar(text("SELECT :limit"), {"limit": limit})
    return {"rooms": found or 0}
