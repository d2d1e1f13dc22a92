import asyncio

from fastapi import FastAPI

from grocer import feed

try:
    loop = asyncio.get_running_loop()
except RuntimeError:
    loop = None

app = FastAPI(title="Grocer")


@app.get("/prices")
async def prices() -> dict[str, int]:
    await feed.watch()
    return feed.prices
