from contextlib import asynccontextmanager

from fastapi import FastAPI

from grocer import feed


@asynccontextmanager
async def lifespan(_app):
    feed.watch()
    yield


app = FastAPI(title="Grocer", lifespan=lifespan)


@app.get("/prices")
def prices() -> dict[str, int]:
    return feed.prices
