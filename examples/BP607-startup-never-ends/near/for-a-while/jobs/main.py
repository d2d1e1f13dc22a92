import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jobs.worker import warm_up, watch


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.queue = asyncio.Queue()
    await warm_up()
    try:
        await asyncio.wait_for(watch(app.state.queue), 0.1)
    except asyncio.TimeoutError:
        pass
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
