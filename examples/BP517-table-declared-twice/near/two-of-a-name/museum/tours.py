from fastapi import APIRouter

from models import COLUMNS

router = APIRouter()


@router.get("/tour")
def tour() -> list[str]:
    return COLUMNS
