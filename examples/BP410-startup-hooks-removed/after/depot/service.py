from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

PARCELS: list[str] = []


async def fill() -> None:
    PARCELS.append("first")


def count() -> None:
    print(len(PARCELS))


async def empty() -> None:
    PARCELS.clear()


async def parcels(request: Request) -> JSONResponse:
    return JSONResponse(PARCELS)


@asynccontextmanager
async def lifespan(_app):
    await fill()
    count()
    yield
    await empty()


service = Starlette(
    routes=[Route("/parcels", parcels)],
    # before the first request
    lifespan=lifespan,
)
