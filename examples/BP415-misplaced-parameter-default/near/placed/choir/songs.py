from pathlib import Path as Folder
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

router = APIRouter()
SCORES = Folder("scores")  # Path(default=1) is another one's


def voice(part: Annotated[str, Query(max_length=10)] = "alto", key: str = Query("C")) -> str:
    return part + key


@router.get("")
def songs(sung: Annotated[str, Depends(voice)], page: Annotated[int, Query(...)], size: int = 20) -> list[str]:
    return [sung] * min(size, page)


@router.get("/{number}")
def song(number: Annotated[int, Path(ge=1)], verse: int = Path(...), kept: Annotated[int | None, Depends(voice)] = None) -> str:
    return f"{number} in {SCORES} {verse}"
