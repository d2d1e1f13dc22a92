import asyncio
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jobs.worker import warm_up, watch


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.queue = asyncio.Queue()
    await warm_up()
    watch_task = asyncio.create_task(watch(app.state.queue))
    yield
    watch_task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
