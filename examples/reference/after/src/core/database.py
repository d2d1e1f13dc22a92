"""The engine, the sessions, and the tables."""

from collections.abc import AsyncGenerator

from sqlmodel import SQLModel, create_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from src.core.config import settings

# The provider's pooler closes idle connections: each one is tried before it is used, and
# none is kept for longer than five minutes.
engine: AsyncEngine = create_async_engine(
    settings.database_url,
    echo=False,
    pool_size=5,
    max_overflow=5,
    pool_timeout=10,
    pool_pre_ping=True,
    pool_recycle=300,
)

# One session for each request. Nothing is written to the database before a service says so:
# by a flush or by the commit.
async_session_maker = sessionmaker(
    engine,
    class_=AsyncSession,
    # What was committed is still read: the answers are made from it.
    expire_on_commit=False,
    autocommit=False,
    autoflush=False,
)


async def init_db() -> None:
    """Create the tables that are not there yet."""
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)


async def ping() -> None:
    """Ask the database for a sign of life."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with async_session_maker() as session:
        yield session
