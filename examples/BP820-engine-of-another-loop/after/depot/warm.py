import asyncio
from threading import Thread

from sqlalchemy import text

from depot.db import engine


async def warm_up():
    async with engine.connect() as connection:
        await connection.execute(text("select 1"))


async def warm_up_in_own_loop():
    try:
        return await warm_up()
    finally:
        await engine.dispose()
def in_its_own_loop():
    asyncio.run(warm_up_in_own_loop())


def begin():
    thread = Thread(target=in_its_own_loop)
    thread.start()
    thread.join()
