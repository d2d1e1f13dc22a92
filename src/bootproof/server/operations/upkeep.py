"""What is over is forgotten: at the start and each hour, by one server at a time."""

import asyncio
import random

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts import service as accounts
from bootproof.server.audits.retention import forget_old
from bootproof.server.database import Database, execute
from bootproof.server.organisations import invitations
from bootproof.server.security import buckets
from bootproof.server.webhooks import service as webhooks

EVERY = 3600.0  # seconds
BUCKETS_AFTER = 2 * 24 * 3600.0  # seconds; every rate's bucket is full again by then
_LOCK = 0x626F6F7475706B65  # "bootupke", a number of our own

log = structlog.get_logger("bootproof.server")


async def run(database: Database) -> None:
    """Forgets what is over, until it is cancelled. A database that is away is asked again the next time."""
    while True:
        try:
            await forget(database)
        except (SQLAlchemyError, OSError) as problem:
            log.warning("nothing could be forgotten this time", reason=type(problem).__name__)
        await asyncio.sleep(EVERY * random.uniform(0.9, 1.1))  # servers that were started together drift apart


async def forget(database: Database) -> None:
    """Forgets what is over, once. Where another server does so at this moment, it is left to it."""
    async with database.sessions() as session:
        if await _alone(session):
            await accounts.forget_expired(session)
            await invitations.forget_expired(session)
            await webhooks.forget_old(session)
            await buckets.forget(session, BUCKETS_AFTER)
        await session.commit()
    await forget_old(database.sessions)


async def _alone(session: AsyncSession) -> bool:
    """Whether this transaction is the only one that forgets: two that delete the same rows could wait for one another."""
    found = await execute(session, text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK})
    return bool(found.scalar())
