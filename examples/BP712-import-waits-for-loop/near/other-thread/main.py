import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from fastapi import FastAPI

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


async def load() -> int:
    return 3


def wait_for(work: Coroutine[Any, Any, int]) -> int:
    return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=5)


ENTRIES = wait_for(load())
app = FastAPI(title="Feed")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
