from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi import Request as Asked

if TYPE_CHECKING:
    from starlette.datastructures import URL

router = APIRouter()


def shown(url: URL) -> str:
    return str(url)


@router.get("/nights")
async def nights(asked: Asked) -> dict[str, str]:
    return {"asked": shown(asked.url)}
