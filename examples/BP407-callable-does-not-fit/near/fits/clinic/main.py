from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from clinic.timing import Counting, Timing

app = FastAPI()
app.add_middleware(Timing, budget=3)
counting = Counting()


class Closed(Exception):
    pass


@app.exception_handler(Closed)
async def closed(request: Request, exc: Closed) -> JSONResponse:
    return JSONResponse({"closed": True}, status_code=404)


@app.get("/patients")
async def patients() -> list[str]:
    counting.count()
    return []


@app.get("/ward")
async def ward() -> list[str]:
    raise Closed
