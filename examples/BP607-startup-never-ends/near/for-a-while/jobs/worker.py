import asyncio


async def watch(queue: asyncio.Queue) -> None:
    """Handles what is put into the queue, as long as the server runs."""
    while True:
        job = await queue.get()
        try:
            await handle(job)
        except asyncio.CancelledError:
            raise


async def handle(job: str) -> None:
    await asyncio.sleep(0)


async def warm_up() -> None:
    while True:
        await asyncio.sleep(0)
        break
