import os
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

ADDRESS = os.getenv("ORCHARD_DATABASE", "postgresql+asyncpg://orchard@localhost:5432/orchard")
POOLED: dict[str, Any] = {"pool_pre_ping": True, "poolclass": QueuePool}

writing = create_async_engine(ADDRESS, **POOLED)
reading = create_async_engine(
    ADDRESS,
    poolclass=NullPool,
    pool_size=5,
    statement_cache_size=0,
    connect_args={"timeout": 10},
)
