"""Not here: encoding="utf-8", pool_size=5 with NullPool, poolclass=QueuePool for asyncio."""

import os

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

ADDRESS = os.getenv("ORCHARD_DATABASE", "postgresql+asyncpg://orchard@localhost:5432/orchard")

index = create_engine("sqlite://", poolclass=QueuePool, pool_size=5, connect_args={"check_same_thread": False})
writing = create_async_engine(ADDRESS, pool_size=5)
reading = create_async_engine(ADDRESS, future=True)
