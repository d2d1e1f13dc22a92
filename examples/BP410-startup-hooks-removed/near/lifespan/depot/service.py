from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

PARCELS: list[str] = []


@asynccontextmanager
async def lifespan(app: Starlette):
    PARCELS.append("first")
    yield
    PARCELS.clear()


async def parcels(request: Request) -> JSONResponse:
    return JSONResponse(PARCELS)


def depot(routes, on_startup=()):
    for each in on_startup:
        each()
    return Starlette(routes=routes, lifespan=lifespan)


service = depot([Route("/parcels", parcels)], on_startup=[PARCELS.clear])
