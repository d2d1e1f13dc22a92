from typing import Annotated

import fastapi
from fastapi import APIRouter, Depends, Path, Query

router = APIRouter()


def voice(
    part: Annotated[str, Query(max_length=10)] = "alto",
) -> str:
    return part


@router.get("")
def songs(
    page: int = 1,
    # which voice sings
    *, sung: Annotated[
        str, Depends(voice)],
    size: int = 20,
) -> list[str]:
    return [sung] * min(size, page)


@router.get("/{number}")
def song(number: int =
         Path(ge=1), key: Annotated[str, fastapi.Header()] = "C") -> str:
    return f"{number} in {key}"
