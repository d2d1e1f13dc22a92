"""A statement that is asked very often: it goes to the driver at once.

To execute one through SQLAlchemy takes more time than PostgreSQL and the driver need for it together; it is written, typed
and checked as any other one, and put together once.
"""

from asyncio import CancelledError
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from asyncpg.exceptions import (  # type: ignore[import-untyped]  # it has neither types nor stubs
    InterfaceError,
    InternalClientError,
    PostgresError,
)
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

# What asyncpg raises. `InternalClientError`: among others, where PostgreSQL's last word on a connection is not read yet.
DRIVERS_OWN = (PostgresError, InterfaceError, InternalClientError)


class Asked:
    """A query whose values are all given by name (`bindparam`)."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[str]]:
        compiled = self.statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        return str(compiled), tuple(compiled.positiontup or ())

    async def rows(self, session: AsyncSession, **given: Any) -> Sequence[Any]:
        """The rows. Raises what the driver raises; `operations/unavailable.py` knows what says that the database is away."""
        text, order = self._compiled
        connection = await session.connection()
        driver: Any = (await connection.get_raw_connection()).driver_connection
        values = [given[name] for name in order]
        by_itself = connection.sync_connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"  # type: ignore[union-attr]
        try:
            if by_itself:
                return await driver.fetch(text, *values)  # type: ignore[no-any-return]
            async with driver.transaction():
                return await driver.fetch(text, *values)  # type: ignore[no-any-return]
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
