import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware

from radio import listen


class OffAir(Exception):
    pass


application = Starlette()


async def timed(request: Request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["X-Seconds"] = str(time.monotonic() - began)
    return response


application.add_middleware(BaseHTTPMiddleware, dispatch=timed)


async def programme(request: Request) -> JSONResponse:
    return JSONResponse({"programme": []})


async def off_air(request: Request, exc: OffAir) -> JSONResponse:
    return JSONResponse({"on air": False}, status_code=404)


application.add_exception_handler(OffAir, off_air)


async def programme_page(request: Request) -> JSONResponse:
    return await programme(request)


application.add_route("/programme", programme_page, methods=["GET", "HEAD"])


async def station(request: Request) -> JSONResponse:
    raise OffAir


application.add_route("/stations/{name:str}", station, name="station")


application.mount("/listen", listen.api)
