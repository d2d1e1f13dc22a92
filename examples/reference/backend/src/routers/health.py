from fastapi import APIRouter

from src.core.config import settings
from src.core.database import ping

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy", "environment": settings.environment}


@router.get("/health/database")
async def database_health() -> dict[str, str]:
    await ping()
    return {"status": "healthy"}
