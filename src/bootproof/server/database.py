"""The engine and the sessions of one server process."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic_core import from_json
from sqlalchemy import Executable, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.settings import Settings

IDLE = 5.0  # seconds after which a connection is asked whether it still lives, before it is used
_BACK = "bootproof_back"
_READS = frozenset({"GET", "HEAD"})


class Database:
    """Guards the pool of connections.

    One that was idle is asked before it is used, so that PostgreSQL may restart; to ask each time would cost a read a fifth.
    """

    def __init__(self, settings: Settings) -> None:
        found = settings.database
        self.engine: AsyncEngine = create_async_engine(
            found.url,
            connect_args=dict(found.arguments),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout,
            pool_recycle=1800,
            json_deserializer=from_json,
        )
        event.listen(self.engine.sync_engine, "checkin", _returned)
        event.listen(self.engine.sync_engine, "checkout", self._taken)
        self.sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        # A read is statements by themselves: BEGIN and ROLLBACK would be two more ways to PostgreSQL.
        single = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.singles = async_sessionmaker(single, class_=AsyncSession, expire_on_commit=False)
        if found.pooled:  # only a transaction keeps what a statement is made of on one session of the pooler
            self.singles = self.sessions

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()

    def _taken(self, connection: Any, entry: ConnectionPoolEntry, proxy: object) -> None:
        if time.monotonic() - entry.info.get(_BACK, time.monotonic()) < IDLE:
            return
        dialect = self.engine.dialect
        try:
            alive = dialect.do_ping(connection)
        except (OSError, DBAPIError, dialect.dbapi.Error):  # type: ignore[union-attr]
            alive = False
        if not alive:
            raise DisconnectionError  # the pool brings another one


def _returned(connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_BACK] = time.monotonic()


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    made = database.singles if request.method in _READS else database.sessions
    async with made() as session:
        yield session


async def _singles(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.singles() as session:
        yield session


async def execute(session: AsyncSession, statement: Executable, given: Mapping[str, Any] | None = None) -> Any:
    """What a statement of columns gives, a `CursorResult`, in the session's transaction. What the session holds is not flushed.

    SQLModel's own `execute` warns, whatever it is given, that `exec` is to be preferred, which takes only what selects.
    """
    return await (await session.connection()).execute(statement, given)


Session = Annotated[AsyncSession, Depends(_session)]
"""A database session for one request. What is to stay is committed by who changes it; of a GET each statement is by itself."""

Singles = Annotated[AsyncSession, Depends(_singles)]
"""A session whose statements are each by itself, whatever the request is; for `bootproof.server.asked`."""
