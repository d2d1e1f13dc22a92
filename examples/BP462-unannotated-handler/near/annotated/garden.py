from typing import Any

from litestar import Litestar, get
from litestar.di import Provide


async def limit(top: int = 10) -> int:
    return top


def shorten(text, most):
    """Neither a handler nor a dependency: it needs no annotation."""
    return text[:most]


@get("/beds/{name:str}", dependencies={"most": Provide(limit)})
async def bed(name: Any, most: int) -> str:
    return shorten(name, most)


@get("/health")
async def health() -> dict[str, str]:
    return {"state": "well"}


app = Litestar([bed, health])
