from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.stock = {"bolts": 7}
    yield
    app.state.stock.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/stock")
async def stock(request: Request):
    return request.app.state.stock
