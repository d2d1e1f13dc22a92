import asyncio

from sqlalchemy import text

from depot.db import engine


async def warm_up():
    async with engine.connect() as connection:
        await connection.execute(text("select 1"))


if __name__ == "__main__":
    asyncio.run(warm_up())
