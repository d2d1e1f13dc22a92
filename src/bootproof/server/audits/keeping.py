"""Keeping an audit, once for each key, and what its project shows of the last one: all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.audits.models import Audit
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

    `before`: what the project said until then, "" where it said nothing; told with the project locked.
    """

    id: int
    new: bool
    verdict: str
    last: bool
    before: str = ""


class OtherContents(Exception):
    """The key was used before, for another report."""


# The row is locked first: an UPDATE that waited for another one would read what it sums up as it was before that one.
_LOCK = text("SELECT verdict FROM projects WHERE id = :project FOR NO KEY UPDATE")
# `failing_since` may be of an audit that retention has deleted since: only a start behind it ends it.
_SUM_UP = text("""
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
RETURNING last_audit_id
""")
_OCCURRENCES = text("""
INSERT INTO occurrences (audit_id, project_id, fingerprint, code, severity, file, line, cause)
SELECT :audit, :project, * FROM unnest(
    CAST(:fingerprint AS text[]), CAST(:code AS text[]), CAST(:severity AS text[]),
    CAST(:file AS text[]), CAST(:line AS integer[]), CAST(:cause AS text[])
)
""")
_HIGHEST_LINE = 2**31 - 1  # what the column holds; the document keeps the number that was sent
_FIELDS = ("fingerprint", "code", "severity", "file", "line", "cause")


async def keep(session: AsyncSession, project_id: int, upload: Upload, token_id: str = "") -> Kept:
    """Keeps a report, or finds it where it was kept under its key before. Does not commit. Raises `OtherContents`.

    Of uploads of one key at once the first keeps it; the others wait for its commit and find what it kept.
    """
    row = _row(upload, project_id, token_id)
    query = insert(Audit).values(**row).on_conflict_do_nothing(index_elements=["project_id", "key"]).returning(col(Audit.id))
    audit_id = (await session.execute(query)).scalar()
    if audit_id is None:
        return await _kept_before(session, project_id, upload)
    findings: Sequence[dict[str, Any]] = upload.document["findings"]
    if findings:
        columns = {field: [each[field] for each in findings] for field in _FIELDS}
        columns["line"] = [min(line, _HIGHEST_LINE) for line in columns["line"]]
        await session.execute(_OCCURRENCES, {"audit": audit_id, "project": project_id, **columns})
    before = str((await session.execute(_LOCK, {"project": project_id})).scalar() or "")
    last = await sum_up(session, project_id)
    return Kept(audit_id, True, row["verdict"], last == audit_id, before)


async def sum_up(session: AsyncSession, project_id: int) -> int | None:
    """Writes into the project what its newest audit says, and since when none said "starts"; the newest one's number.

    The newest is the one that was made last, not the one that arrived last. Does not commit.
    """
    await session.execute(_LOCK, {"project": project_id})
    last: int | None = (await session.execute(_SUM_UP, {"project": project_id})).scalar()
    return last


async def remove(session: AsyncSession, project_id: int, audit_id: int) -> bool:
    """Deletes one audit; False where the project has none of that number. Does not commit."""
    where = (col(Audit.project_id) == project_id, col(Audit.id) == audit_id)
    if (await session.execute(delete(Audit).where(*where).returning(col(Audit.id)))).scalar() is None:
        return False
    # Since when it fails may have been this very audit's word: it is found anew, from those that are left.
    await session.execute(text("UPDATE projects SET failing_since = NULL WHERE id = :project"), {"project": project_id})
    await sum_up(session, project_id)
    return True


async def _kept_before(session: AsyncSession, project_id: int, upload: Upload) -> Kept:
    query = select(Audit.id, Audit.digest, Audit.verdict).where(Audit.project_id == project_id, Audit.key == upload.key)
    found = (await session.exec(query)).first()
    if found is None or found[1] != upload.digest:  # none: it was deleted in this moment
        raise OtherContents
    assert found[0] is not None
    return Kept(found[0], False, found[2], False)


def counts(document: dict[str, Any]) -> dict[str, int]:
    """How many findings of each severity a report has, by the names of the columns."""
    severities = [each["severity"] for each in document["findings"]]
    columns = {"blockers": "blocker", "failures": "failure", "advice": "advice"}
    return {name: severities.count(severity) for name, severity in columns.items()}


def _row(upload: Upload, project_id: int, token_id: str) -> dict[str, Any]:
    document, received = upload.document, now()
    return {
        "project_id": project_id,
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
        "stages": document["stages"],
        "document": upload.packed,
        "token_id": token_id,
    }
