import asyncio

import uvicorn

from api import app


async def main() -> None:
    """As `uvicorn.run(app)` would, inside this loop."""
    await uvicorn.Server(uvicorn.Config(app, port=8000)).serve()


asyncio.run(main())
