import asyncio

asyncio.create_task(asyncio.sleep(0))
