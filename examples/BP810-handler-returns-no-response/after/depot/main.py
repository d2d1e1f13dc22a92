from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from depot.errors import UnknownParcel

app = FastAPI()


async def unknown(request: Request, error: UnknownParcel):
    return JSONResponse({"detail": "no such parcel", "path": request.url.path}, status_code=500)


app.add_exception_handler(UnknownParcel, unknown)


@app.get("/parcels/{number}")
async def parcel(number: int):
    raise UnknownParcel(number)
