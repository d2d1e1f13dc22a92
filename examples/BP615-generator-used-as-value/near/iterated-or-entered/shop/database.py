from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://orders@db.example.com/orders")
sessions = async_sessionmaker(engine)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened
