from fastapi import FastAPI

from feed.sync import wait_for


async def load() -> int:
    return 3


ENTRIES = wait_for(load())
app = FastAPI(title="Feed")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
