from contextlib import asynccontextmanager

from fastapi import FastAPI

from surveys.store import store


@asynccontextmanager
async def lifespan(_app):
    await store.connect()
    yield
    await store.disconnect()


app = FastAPI(title="surveys", lifespan=lifespan)


@app.get("/health")
async def health() -> int:
    return await store.fetch_val("SELECT 1")
