from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_cache.decorator import cache
from fastapi_cache.backends.inmemory import InMemoryBackend
from fastapi_cache import FastAPICache


@asynccontextmanager
async def lifespan(_app):
    FastAPICache.init(InMemoryBackend())
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/prices")
@cache(expire=60)
async def prices():
    return {"bolt": 3}
