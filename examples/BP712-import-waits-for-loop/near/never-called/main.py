import asyncio

from fastapi import FastAPI


async def load() -> int:
    return 3


def wait_for() -> int:
    return asyncio.run_coroutine_threadsafe(load(), asyncio.get_event_loop()).result()


app = FastAPI(title="Feed")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
