from fastapi import FastAPI, Request

from depot.errors import UnknownParcel

app = FastAPI()


async def unknown(request: Request, error: UnknownParcel):
    return {"detail": "no such parcel", "path": request.url.path}


app.add_exception_handler(UnknownParcel, unknown)


@app.get("/parcels/{number}")
async def parcel(number: int):
    raise UnknownParcel(number)
