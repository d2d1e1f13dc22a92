"""How a project fared: points for a timeline, since when it does not start, verdicts that contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.database import execute

LONGEST = 500  # points of one timeline
LOOKED_AT = 1000  # audits, the newest, among which contradicting ones are looked for


@dataclass(frozen=True)
class Point:
    """One audit on a timeline. `stages`: name, status and seconds of each."""

    id: int
    created_at: datetime
    verdict: str
    seconds: float
    commit: str
    stages: list[dict[str, Any]]


@dataclass(frozen=True)
class Failing:
    """Since when a project does not start (or cannot be told to). `last_start`: the audit that said so last, if it is kept."""

    since: datetime
    first_audit: int | None
    last_start: datetime | None


@dataclass(frozen=True)
class Flaky:
    """A commit of which audits say different things; nothing in the project changed between them."""

    commit: str
    verdicts: list[str]
    audits: int
    last_at: datetime


_POINTS = text("""
SELECT p.id AS project_id, a.id, a.created_at, a.verdict, a.seconds, a.commit, a.stages
FROM unnest(CAST(:projects AS integer[])) AS p(id)
CROSS JOIN LATERAL (
    SELECT audits.id, audits.created_at, audits.verdict, audits.seconds, audits.commit, audits.stages
    FROM audits WHERE audits.project_id = p.id ORDER BY audits.created_at DESC, audits.id DESC LIMIT :most
) AS a
ORDER BY a.created_at, a.id
""").columns(column("stages", JSONB))
_FAILING = text("""
SELECT p.failing_since,
    (SELECT a.id FROM audits AS a WHERE a.project_id = p.id AND a.created_at >= p.failing_since AND a.verdict <> 'starts'
        ORDER BY a.created_at, a.id LIMIT 1),
    (SELECT max(a.created_at) FROM audits AS a WHERE a.project_id = p.id AND a.verdict = 'starts')
FROM projects AS p WHERE p.id = :project AND p.failing_since IS NOT NULL
""")
_FLAKY = text("""
SELECT a.commit, array_agg(DISTINCT a.verdict ORDER BY a.verdict), count(*), max(a.created_at)
FROM (
    SELECT audits.commit, audits.verdict, audits.created_at FROM audits WHERE audits.project_id = :project
    ORDER BY audits.created_at DESC, audits.id DESC LIMIT :looked_at
) AS a
WHERE a.commit <> ''
GROUP BY a.commit HAVING count(DISTINCT a.verdict) > 1
ORDER BY 4 DESC LIMIT :most
""")


async def timelines(session: AsyncSession, projects: Sequence[int], most: int = 30) -> dict[int, list[Point]]:
    """The newest points of each project, the oldest first, in one statement: what a wall of projects shows."""
    found: dict[int, list[Point]] = {each: [] for each in projects}
    given = {"projects": list(projects), "most": max(1, min(most, LONGEST))}
    for project_id, *rest in (await execute(session, _POINTS, given)).all():
        found[project_id].append(Point(*rest))
    return found


async def since_failing(session: AsyncSession, project_id: int) -> Failing | None:
    """Since when the project does not start; None where its last audit said that it does, or there is none."""
    row = (await execute(session, _FAILING, {"project": project_id})).first()
    return Failing(*row) if row else None


async def flaky(session: AsyncSession, project_id: int, most: int = 20) -> list[Flaky]:
    """Commits with contradicting verdicts among the newest audits, the latest first."""
    given = {"project": project_id, "looked_at": LOOKED_AT, "most": most}
    return [Flaky(*row) for row in (await execute(session, _FLAKY, given)).all()]
