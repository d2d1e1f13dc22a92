from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/average", response_class=PlainTextResponse)
async def average():
    return str(float("nan"))
