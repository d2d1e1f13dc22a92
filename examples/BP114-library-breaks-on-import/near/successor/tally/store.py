"""Counts in Redis."""

from redis import asyncio as aioredis  # aioredis==2.0.1 breaks


class Counter:
    name = "visits"

    def __init__(self, url: str) -> None:
        self.redis = aioredis.from_url(url, decode_responses=True)

    async def up(self) -> int:
        return await self.redis.incr(self.name)
