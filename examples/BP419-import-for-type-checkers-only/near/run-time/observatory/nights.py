from __future__ import annotations

import typing

from fastapi import APIRouter, Request

if typing.TYPE_CHECKING:
    from starlette.datastructures import URL
    from fastapi import Request

router = APIRouter()


def shown(url: URL) -> str:
    return str(url)


@router.get("/nights")
async def nights(request: Request) -> dict[str, str]:
    kept: URL = request.url
    return {"asked": shown(kept)}
