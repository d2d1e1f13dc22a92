"""Old audits: each project says for how many days it keeps them. The last one stays, however old it is."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.database import execute

AT_ONCE = 500  # audits of one transaction: a short one holds nobody up

# Another server that does the same meanwhile takes other rows. What a project shows of itself does not change by it.
_FORGET = text("""
DELETE FROM audits WHERE id IN (
    SELECT a.id FROM projects AS p CROSS JOIN LATERAL (
        SELECT audits.id FROM audits
        WHERE audits.project_id = p.id AND audits.created_at < now() - make_interval(days => p.retention_days)
            AND audits.id IS DISTINCT FROM p.last_audit_id
        LIMIT :at_once FOR UPDATE SKIP LOCKED
    ) AS a
    WHERE CAST(:project AS integer) IS NULL OR p.id = :project
    LIMIT :at_once
)
""")


async def forget_old(sessions: async_sessionmaker[AsyncSession], project_id: int | None = None) -> int:
    """Deletes the audits that are older than their project keeps them, of one project or of all; how many. Commits."""
    deleted = 0
    while True:
        async with sessions() as session:
            done = await execute(session, _FORGET, {"at_once": AT_ONCE, "project": project_id})
            await session.commit()
        count = int(done.rowcount)
        deleted += count
        if count == 0:
            return deleted
