"""The engine and the sessions of one server process."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.settings import Settings


class Database:
    """Guards the pool of connections. A dead connection is noticed before it is used, so PostgreSQL may restart."""

    def __init__(self, settings: Settings) -> None:
        found = settings.database
        self.engine: AsyncEngine = create_async_engine(
            found.url,
            connect_args=dict(found.arguments),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout,
            pool_pre_ping=True,
            pool_recycle=1800,
        )
        self.sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]
"""A database session for one request. What is to stay is committed by whoever changes it."""
