import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jobs.worker import warm_up, watch


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.queue = asyncio.Queue()
    await warm_up()
    # await watch(app.state.queue) would never end
    watching = asyncio.create_task(watch(app.state.queue))
    yield
    watching.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
