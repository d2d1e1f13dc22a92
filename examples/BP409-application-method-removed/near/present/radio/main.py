from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse


class OffAir(Exception):
    """`app.route` and `app.add_event_handler` are gone."""


class Board:
    def route(self, path):
        return lambda function: function


app = FastAPI()
board = Board()
router = APIRouter()


@app.middleware("http")
async def timed(request: Request, call_next):
    return await call_next(request)


@app.exception_handler(OffAir)
async def off_air(request: Request, exc: OffAir) -> JSONResponse:
    return JSONResponse({"on air": False}, status_code=404)


@board.route("/programme")
@app.get("/programme")
def programme() -> list[str]:
    return []


@router.route("/stations")
async def stations(request: Request) -> JSONResponse:
    return JSONResponse([])


def opened() -> None:
    programme()


app.router.add_event_handler("startup", opened)
app.include_router(router)
