"""Statements that are asked very often: they go to the driver at once.

To execute one through SQLAlchemy takes more time than PostgreSQL and the driver need for it together; it is written, typed
and checked as any other one, and put together once.
"""

from asyncio import CancelledError
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any

from asyncpg.exceptions import (  # type: ignore[import-untyped]  # it has neither types nor stubs
    InterfaceError,
    InternalClientError,
    PostgresError,
)
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

# What asyncpg raises. `InternalClientError`: among others, where PostgreSQL's last word on a connection is not read yet.
DRIVERS_OWN = (PostgresError, InterfaceError, InternalClientError)


class Asked:
    """A statement whose values are all given by name: `bindparam`, or `:name` in a `text`."""

    def __init__(self, statement: Select[Any] | TextClause) -> None:
        self.statement = statement

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[str]]:
        compiled = self.statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        return str(compiled), tuple(compiled.positiontup or ())

    async def rows(self, session: AsyncSession, **given: Any) -> Sequence[Any]:
        """The rows of the statement by itself. Raises as `straight` does."""
        async with straight(session) as driver:
            return await self.of(driver, **given)

    async def of(self, driver: Any, **given: Any) -> Sequence[Any]:
        """The rows of the statement as one of those within a `straight`."""
        text, order = self._compiled
        return await driver.fetch(text, *[given[name] for name in order])  # type: ignore[no-any-return]


@asynccontextmanager
async def straight(session: AsyncSession, together: bool = False) -> AsyncIterator[Any]:
    """The driver's connection behind a session's. `together`: what is asked is one transaction, committed at the end.

    Raises what the driver raises; `operations/unavailable.py` knows what says that the database is away.
    """
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    by_itself = connection.sync_connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"  # type: ignore[union-attr]
    try:
        if by_itself and not together:
            yield driver
        else:
            async with driver.transaction():
                yield driver
    except (*DRIVERS_OWN, OSError) as problem:
        if driver.is_closed() or isinstance(problem, InternalClientError):
            # SQLAlchemy sees it too, and lets go of all that were open then: they broke together, as it knows of its own.
            with suppress(DBAPIError, *DRIVERS_OWN, OSError):
                await connection.exec_driver_sql("SELECT 1")
            if not connection.invalidated:
                await connection.invalidate()
        raise
    except CancelledError:
        await connection.invalidate()  # who knows in the midst of what
        raise
