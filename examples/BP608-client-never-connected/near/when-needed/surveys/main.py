from fastapi import FastAPI

from surveys.store import store

app = FastAPI(title="surveys")


@app.get("/health")
async def health() -> int:
    if not store.is_connected:
        await store.connect()
    return await store.fetch_val("SELECT 1")
