from contextlib import asynccontextmanager

from fastapi import FastAPI

from queue_board import store


@asynccontextmanager
async def lifespan(app):
    await store.client.set("board:opened", "yes")
    yield
    await store.client.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health():
    return {"opened": await store.client.get("board:opened")}
