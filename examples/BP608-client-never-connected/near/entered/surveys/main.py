from contextlib import asynccontextmanager

from fastapi import FastAPI

from surveys import store as stores


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with stores.store:
        yield


app = FastAPI(title="surveys", lifespan=lifespan)


@app.get("/health")
async def health() -> int:
    return await stores.store.fetch_val("SELECT 1")
