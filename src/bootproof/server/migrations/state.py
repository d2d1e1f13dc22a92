"""Which revision a database is at."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from bootproof.server.migrations.run import configuration


@cache
def head() -> str:
    """The head revision that this version of the server is written for."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


async def pending(engine: AsyncEngine) -> str:
    """What is wrong with the database's revision, "" where it is the head. Raises what the driver raises."""
    async with engine.connect() as connection:
        try:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        except ProgrammingError:
            return "no revision"
    return "" if found == head() else f"at {found}, not at {head()}"
