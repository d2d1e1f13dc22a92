from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://orders@db.example.com/orders")
sessions = async_sessionmaker(engine)


@asynccontextmanager
async def session():
    async with sessions() as opened:
        yield opened


async def opened():
    """Not a generator: what it gives is awaited."""
    return sessions()
