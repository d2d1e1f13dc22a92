"""What guests reach."""

from fastapi import APIRouter

from .texts import TITLE

router = APIRouter()


@router.get("/title")
def title() -> dict[str, str]:
    return {"title": TITLE}
