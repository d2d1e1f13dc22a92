import threading
from contextlib import asynccontextmanager

from fastapi import FastAPI

from depot.worker import orders, work


@asynccontextmanager
async def lifespan(app: FastAPI):
    worker = threading.Thread(target=work, name="orders")
    worker.start()
    yield
    orders.put(None)
    worker.join()


app = FastAPI(lifespan=lifespan)


@app.post("/orders")
def order(name: str):
    orders.put(name)
