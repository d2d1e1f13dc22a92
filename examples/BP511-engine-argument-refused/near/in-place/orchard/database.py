import os
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

ADDRESS = os.getenv("ORCHARD_DATABASE", "postgresql+asyncpg://orchard@localhost:5432/orchard")
POOLED: dict[str, Any] = {"pool_pre_ping": True, "poolclass": AsyncAdaptedQueuePool, "pool_size": 5}

writing = create_async_engine(ADDRESS, max_overflow=2, pool_timeout=9, **POOLED)
reading = create_async_engine(
    ADDRESS,
    poolclass=NullPool,
    connect_args={"statement_cache_size": 0, "timeout": 10},
)
