"""What webhooks are told, put into the queue in the transaction of what it tells of: both stay, or neither."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import Asked
from bootproof.server.audits.keeping import Kept, Upload, counts
from bootproof.server.audits.links import audit_path
from bootproof.server.database import execute
from bootproof.server.projects.models import Project
from bootproof.server.projects.place import Place
from bootproof.server.tables import now

KEPT, PING = "audit.kept", "ping"
QUEUE, TASK = "webhooks", "deliver"
# One statement, asked where there are webhooks. `failing_since` is what the upload made of it.
_ANNOUNCE = Asked(
    text("""
WITH made AS (
    INSERT INTO deliveries (webhook_id, event, payload, created_at, attempts, note)
    SELECT webhooks.id, :event, jsonb_set(
        CAST(:payload AS jsonb), '{data,failing_since}', coalesce(to_jsonb(projects.failing_since), CAST('null' AS jsonb))
    ), :at, 0, ''
    FROM webhooks JOIN projects ON projects.id = webhooks.project_id
    WHERE webhooks.project_id = :project AND webhooks.disabled_at IS NULL AND (:only = 0 OR webhooks.id = :only)
    FOR KEY SHARE OF webhooks
    RETURNING id
), jobs AS (
    SELECT array_agg(CAST(
        ROW(:queue, :task, 0, NULL, NULL, jsonb_build_object('delivery', id), NULL) AS procrastinate_job_to_defer_v1
    )) AS every FROM made
)
SELECT procrastinate_defer_jobs_v1(every) FROM jobs WHERE every IS NOT NULL
""")
)


async def announce_kept(driver: Any, project: Place, upload: Upload, kept: Kept, origin: str) -> None:
    """Tells the project's webhooks of an audit that is new. `driver`: of the transaction that keeps it (`straight`)."""
    data = {
        "team": project.team,
        "project": project.slug,
        "audit": {
            "id": kept.id,
            "url": origin + audit_path(project.team, project.slug, kept.id),
            "verdict": kept.verdict,
            "fixed_verdict": upload.document["fixed_verdict"],
            "commit": upload.commit,
            "branch": upload.branch,
            **counts(upload.document),
            "made_at": _iso(upload.made_at),
            "newest": kept.last,
        },
        "verdict_before": kept.before,
        "changed": kept.last and kept.verdict != kept.before,
    }
    await _ANNOUNCE.of(driver, **_given(project.id, KEPT, data))


async def announce_ping(session: AsyncSession, project: Project, team: str, webhook_id: int) -> None:
    """Sends one webhook of the project, which is switched on, a message that says nothing. Does not commit."""
    assert project.id is not None
    given = _given(project.id, PING, {"team": team, "project": project.slug}, webhook_id)
    await execute(session, _ANNOUNCE.statement, given)


def _given(project_id: int, event: str, data: dict[str, object], only: int = 0) -> dict[str, object]:
    at = now()
    payload = json.dumps({"type": event, "timestamp": _iso(at), "data": data}, ensure_ascii=False)
    return {"event": event, "payload": payload, "at": at, "project": project_id, "only": only, "queue": QUEUE, "task": TASK}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
