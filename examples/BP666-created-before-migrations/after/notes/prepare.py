"""Prepares the database."""

import asyncio

from notes.models import Base, engine


async def prepare() -> None:
    async with engine.begin() as connection:
        pass  # the migrations make the tables
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(prepare())
