"""Prepares the database."""

import asyncio

from notes.models import Base, engine


async def prepare() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(prepare())
