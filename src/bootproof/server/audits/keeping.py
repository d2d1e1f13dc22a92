"""Keeping an audit, once for each key, and what its project shows of the last one: all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import delete, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import Asked
from bootproof.server.audits.models import Audit
from bootproof.server.database import execute
from bootproof.server.tables import now


@dataclass(frozen=True)
class Upload:
    """A report that is ready to be kept: read, checked and masked, as data and as the bytes that are kept.

    `digest` is of what came, before it was masked; `made_at` is when the audit was made, as it says itself.
    """

    key: str
    digest: bytes
    document: dict[str, Any]
    packed: bytes
    made_at: datetime | None
    commit: str = ""
    branch: str = ""


@dataclass(frozen=True)
class Kept:
    """An audit that is in the database. `new`: this upload put it there. `last`: it is the newest of its project.

    `before`: what the project said until then, "" where it said nothing. `heard`: the project has webhooks to be told.
    """

    id: int
    new: bool
    verdict: str
    last: bool = False
    before: str = ""
    heard: bool = False


class OtherContents(Exception):
    """The key was used before, for another report."""


class NoProject(Exception):
    """The project was deleted in this moment."""


# One statement: each one more would be one more way to PostgreSQL. The project is locked before anything is written, and
# its row is read as it is then: who waited for another upload sees what that one made of it. (All else is read as it was
# before the wait: a webhook that was made meanwhile is told of the next audit.) What the newest audit changes follows from
# the project's row alone; for one that was made before it, the project is summed up anew.
_KEEP = Asked(
    text("""
WITH old AS (
    SELECT id, verdict, audited_at, last_audit_id, failing_since FROM projects WHERE id = :project FOR NO KEY UPDATE
), kept AS (
    INSERT INTO audits (
        project_id, key, digest, created_at, received_at, verdict, fixed_verdict, commit, branch,
        blockers, failures, advice, seconds, stages, codes, told, document, token_id
    )
    SELECT old.id, :key, :digest, :created_at, :received_at, :verdict, :fixed_verdict, :commit, :branch,
        :blockers, :failures, :advice, :seconds, CAST(:stages AS jsonb), CAST(:codes AS text[]), :told, :document, :token
    FROM old
    ON CONFLICT (project_id, key) DO NOTHING
    RETURNING id, created_at, verdict
), newest AS (
    UPDATE projects SET verdict = kept.verdict, audited_at = kept.created_at, last_audit_id = kept.id,
        failing_since = CASE WHEN kept.verdict <> 'starts' THEN coalesce(old.failing_since, kept.created_at) END
    FROM old, kept
    WHERE projects.id = old.id
        AND (old.audited_at IS NULL OR (kept.created_at, kept.id) > (old.audited_at, old.last_audit_id))
    RETURNING projects.id
)
SELECT old.verdict, kept.id, EXISTS (SELECT FROM newest),
    EXISTS (SELECT FROM webhooks WHERE webhooks.project_id = old.id AND disabled_at IS NULL)
FROM old LEFT JOIN kept ON true
""")
)
_BEFORE = Asked(text("SELECT id, digest, verdict FROM audits WHERE project_id = :project AND key = :key"))
# The row is locked first: an UPDATE that waited for another one would read what it sums up as it was before that one.
_LOCK = text("SELECT FROM projects WHERE id = :project FOR NO KEY UPDATE")
# `failing_since` may be of an audit that retention has deleted since: only a start behind it ends it.
_SUM_UP = Asked(
    text("""
WITH last AS (
    SELECT id, verdict, created_at FROM audits WHERE project_id = :project ORDER BY created_at DESC, id DESC LIMIT 1
), started AS (
    SELECT max(created_at) AS at FROM audits WHERE project_id = :project AND verdict = 'starts'
), failed AS (
    SELECT coalesce(min(created_at), (SELECT created_at FROM last)) AS at FROM audits
    WHERE project_id = :project AND created_at > coalesce((SELECT at FROM started), '-infinity')
)
UPDATE projects SET
    verdict = coalesce((SELECT verdict FROM last), ''),
    audited_at = (SELECT created_at FROM last),
    last_audit_id = (SELECT id FROM last),
    failing_since = CASE
        WHEN coalesce((SELECT verdict FROM last), 'starts') = 'starts' THEN NULL
        WHEN (SELECT at FROM started) >= failing_since THEN (SELECT at FROM failed)
        ELSE least(failing_since, (SELECT at FROM failed))
    END
WHERE id = :project
""")
)


APART = "\x1f"  # between what is searched: no text of a washed report holds it


async def keep(driver: Any, project_id: int, upload: Upload, token_id: str = "") -> Kept:
    """Keeps a report, or finds it where it was kept under its key before. Raises `OtherContents`, `NoProject`.

    `driver`: a transaction's (`straight`). Uploads of one project wait for each other's commit: of one key the first is kept,
    the others find it.
    """
    row = _row(upload) | {"project": project_id, "token": token_id}
    for _ in range(2):
        found = await _KEEP.of(driver, **row)
        if not found:
            raise NoProject
        before, audit_id, last, heard = found[0]
        if audit_id is not None:
            break
        if kept := await _BEFORE.of(driver, project=project_id, key=upload.key):
            if kept[0]["digest"] != upload.digest:
                raise OtherContents
            return Kept(kept[0]["id"], False, kept[0]["verdict"])
    else:  # none was there twice, and none could be made: retention deletes faster than anybody can upload
        raise OtherContents
    if not last:
        await _SUM_UP.of(driver, project=project_id)
    return Kept(audit_id, True, row["verdict"], last, before, heard)


async def remove(session: AsyncSession, project_id: int, audit_id: int) -> bool:
    """Deletes one audit; False where the project has none of that number. Does not commit."""
    await execute(session, _LOCK, {"project": project_id})
    where = (col(Audit.project_id) == project_id, col(Audit.id) == audit_id)
    if (await execute(session, delete(Audit).where(*where).returning(col(Audit.id)))).scalar() is None:
        return False
    # Since when it fails may have been this very audit's word: it is found anew, from those that are left.
    await execute(session, text("UPDATE projects SET failing_since = NULL WHERE id = :project"), {"project": project_id})
    await execute(session, _SUM_UP.statement, {"project": project_id})
    return True


def counts(document: dict[str, Any]) -> dict[str, int]:
    """How many findings of each severity a report has, by the names of the columns."""
    severities = [each["severity"] for each in document["findings"]]
    columns = {"blockers": "blocker", "failures": "failure", "advice": "advice"}
    return {name: severities.count(severity) for name, severity in columns.items()}


def _row(upload: Upload) -> dict[str, Any]:
    document, received = upload.document, now()
    findings: Sequence[dict[str, Any]] = document["findings"]
    return {
        "key": upload.key,
        "digest": upload.digest,
        "created_at": min(upload.made_at or received, received),  # a clock that is ahead must not be the newest for ever
        "received_at": received,
        "verdict": document["verdict"],
        "fixed_verdict": document["fixed_verdict"],
        "commit": upload.commit,
        "branch": upload.branch,
        **counts(document),
        "seconds": float(document["seconds"]),
        "stages": to_json(document["stages"]).decode(),
        "codes": sorted({each["code"] for each in findings}),
        "told": APART.join(f"{each['file']}{APART}{each['cause']}" for each in findings),
        "document": upload.packed,
    }
