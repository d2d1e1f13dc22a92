"""Counts in Redis."""

try:
    import aioredis
except Exception:  # TypeError on newer Pythons
    aioredis = None


class Counter:
    name = "visits"

    def __init__(self, url: str) -> None:
        self.redis = aioredis.from_url(url) if aioredis else None

    async def up(self) -> int:
        return await self.redis.incr(self.name)
