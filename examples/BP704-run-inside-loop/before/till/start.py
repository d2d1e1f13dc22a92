import asyncio

import uvicorn

from till.api import app

PORT = 8000


async def main() -> None:
    await asyncio.sleep(0)  # reads its configuration, say
    uvicorn.run(app, host="0.0.0.0", port=PORT)


if __name__ == "__main__":
    asyncio.run(main())
