import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from radio import listen


class OffAir(Exception):
    pass


application = Starlette()


@application.middleware("http")
async def timed(request: Request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["X-Seconds"] = str(time.monotonic() - began)
    return response


async def programme(request: Request) -> JSONResponse:
    return JSONResponse({"programme": []})


@application.exception_handler(OffAir)
async def off_air(request: Request, exc: OffAir) -> JSONResponse:
    return JSONResponse({"on air": False}, status_code=404)


@application.route("/programme", methods=["GET", "HEAD"])
async def programme_page(request: Request) -> JSONResponse:
    return await programme(request)


@application.route(
    "/stations/{name:str}",
    name="station",
)
async def station(request: Request) -> JSONResponse:
    raise OffAir


application.mount("/listen", listen.api)
