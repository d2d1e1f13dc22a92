"""Migrating the database: one process does, the others wait (an advisory lock, which PostgreSQL lets go with the connection)."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bootproof.server.settings import Settings

_LOCK = 0x626F6F7470726F6F  # "bootproo", a number of our own


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration; there is no ini file to keep in step."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.attributes["connection"] = connection
    return found


async def migrate(settings: Settings, to: str = "head", run: Callable[[Config, str], None] = command.upgrade) -> None:
    """Brings the database to a revision; waits while another process does. Raises what the driver raises."""
    address = settings.database
    engine = create_async_engine(address.url, connect_args=dict(address.arguments), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            try:
                await connection.run_sync(lambda given: run(configuration(given), to))
                await connection.commit()
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                await connection.commit()
    finally:
        await engine.dispose()
