"""All audits of a project as JSON lines, one at a time: an export needs no more memory than its largest report."""

import json
from collections.abc import AsyncIterator

from sqlalchemy import tuple_
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.audits.models import Audit


async def exported(sessions: async_sessionmaker[AsyncSession], project_id: int) -> AsyncIterator[bytes]:
    """One line for each audit, in the order in which they were made: its number, commit, branch and moments, and its report.

    Each is fetched by a statement of its own: a client that reads slowly, or goes away, holds no connection.
    """
    query = select(Audit).where(Audit.project_id == project_id).order_by(col(Audit.created_at), col(Audit.id)).limit(1)
    following = query
    while True:
        async with sessions() as session:
            audit = (await session.exec(following)).first()
        if audit is None:
            return
        following = query.where(tuple_(col(Audit.created_at), col(Audit.id)) > (audit.created_at, audit.id))
        line = {
            "id": audit.id,
            "created_at": audit.created_at.isoformat(),
            "received_at": audit.received_at.isoformat(),
            "commit": audit.commit,
            "branch": audit.branch,
            "report": audit.document,
        }
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
