from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI

if TYPE_CHECKING:
    from starlette.datastructures import URL

app = FastAPI()


def sky() -> str:
    return "clear"


class Night:
    place: URL | None = None


@app.get("/nights")
async def nights(seen=Depends(sky)) -> str:
    return seen
