from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse


class UnknownParcel(Exception):
    pass


def answer(status: int):
    return {"detail": "no such parcel", "status": status}


async def unknown(request: Request, error: Exception):
    return JSONResponse(answer(404), 404)


app = FastAPI(exception_handlers={UnknownParcel: unknown})


@app.exception_handler(ZeroDivisionError)
def divided(request: Request, error: ZeroDivisionError):
    """A route may `return {"detail": …}`; a handler may not."""
    return PlainTextResponse("nothing to divide by", 422)


@app.get("/parcels/{number}")
async def parcel(number: int):
    raise UnknownParcel(number)


@app.get("/share/{parts}")
def share(parts: int):
    return {"detail": 1 / (parts - parts)}
