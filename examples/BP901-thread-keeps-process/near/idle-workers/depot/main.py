import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI

pool = ThreadPoolExecutor(2)  # its workers wait, and the interpreter tells them to go
stopped = threading.Event()


@asynccontextmanager
async def lifespan(app: FastAPI):
    threading.Thread(target=stopped.wait, daemon=True).start()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/sum")
async def total():
    return await asyncio.get_running_loop().run_in_executor(pool, sum, [1, 2])
