from fastapi import APIRouter

from museum.models import Exhibit

router = APIRouter()


@router.get("/tour")
def tour() -> list[str]:
    return [column.name for column in Exhibit.__table__.columns]
