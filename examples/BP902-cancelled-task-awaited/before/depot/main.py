import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI


async def tidy(shelves: list[str]) -> None:
    while True:
        shelves.sort()
        await asyncio.sleep(60)


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.shelves = ["B2", "A1"]
    tidying = asyncio.create_task(tidy(app.state.shelves))
    yield
    tidying.cancel()
    await tidying
    app.state.shelves.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/shelves")
async def shelves():
    return app.state.shelves
