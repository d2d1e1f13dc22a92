import asyncio

import uvicorn

from api import app


async def prepare() -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(prepare())
    uvicorn.run(app, port=8000)
