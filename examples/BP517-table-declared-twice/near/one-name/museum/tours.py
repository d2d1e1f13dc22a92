"""Not `from models import Exhibit`."""

from fastapi import APIRouter

from .models import Exhibit

router = APIRouter()


@router.get("/tour")
def tour() -> list[str]:
    return [column.name for column in Exhibit.__table__.columns]
