from contextlib import asynccontextmanager

from fastapi import FastAPI

from meadow.store import connect


@asynccontextmanager
async def lifespan(app):
    await connect()
    yield


app = FastAPI(lifespan=lifespan)
