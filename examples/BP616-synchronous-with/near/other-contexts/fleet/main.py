import threading
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI
from sqlalchemy import text

from fleet.database import Session

lock = threading.Lock()


@asynccontextmanager
async def lifespan(app: FastAPI):
    with lock, nullcontext() as nothing:
        app.state.nothing = nothing
    async with Session() as session:  # with Session() as session: would not wait
        await session.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> bool:
    return True
