"""Keeping an audit, once for each key, and what its project shows of the last one: all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import delete, text
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


@dataclass(frozen=True)
class Summed:
    """A project's newest audit, None where it has none, and the verdict that it had before it was summed up."""

    last: int | None
    before: str


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
# One statement: another one for the findings would be one more way to PostgreSQL.
_KEEP = text("""
WITH kept AS (
    INSERT INTO audits (
        project_id, key, digest, created_at, received_at, verdict, fixed_verdict, commit, branch,
        blockers, failures, advice, seconds, stages, document, token_id
    ) VALUES (
        :project_id, :key, :digest, :created_at, :received_at, :verdict, :fixed_verdict, :commit, :branch,
        :blockers, :failures, :advice, :seconds, CAST(:stages AS jsonb), :document, :token_id
    )
    ON CONFLICT (project_id, key) DO NOTHING
    RETURNING id
), found AS (
    INSERT INTO occurrences (audit_id, fingerprint, code, severity, file, line, cause)
    SELECT kept.id, finding.* FROM kept, unnest(
        CAST(:fingerprint AS text[]), CAST(:code AS text[]), CAST(:severity AS text[]),
        CAST(:file AS text[]), CAST(:line AS integer[]), CAST(:cause AS text[])
    ) AS finding
)
SELECT id FROM kept
""")
_HIGHEST_LINE = 2**31 - 1  # what the column holds; the document keeps the number that was sent
_FIELDS = ("fingerprint", "code", "severity", "file", "line", "cause")


async def keep(session: AsyncSession, project_id: int, upload: Upload, token_id: str = "") -> Kept:
    """Keeps a report, or finds it where it was kept under its key before. Does not commit. Raises `OtherContents`.

    Of uploads of one key at once the first keeps it; the others wait for its commit and find what it kept.
    """
    findings: Sequence[dict[str, Any]] = upload.document["findings"]
    row = _row(upload, project_id, token_id) | {field: [each[field] for each in findings] for field in _FIELDS}
    row["line"] = [min(line, _HIGHEST_LINE) for line in row["line"]]
    audit_id: int | None = (await session.execute(_KEEP, row)).scalar()
    if audit_id is None:
        return await _kept_before(session, project_id, upload)
    summed = await sum_up(session, project_id)
    return Kept(audit_id, True, row["verdict"], summed.last == audit_id, summed.before)


async def sum_up(session: AsyncSession, project_id: int) -> Summed:
    """Writes into the project what its newest audit says, and since when none said "starts".

    The newest is the one that was made last, not the one that arrived last. Does not commit.
    """
    before = (await session.execute(_LOCK, {"project": project_id})).scalar()
    last = (await session.execute(_SUM_UP, {"project": project_id})).scalar()
    return Summed(last, str(before or ""))


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
        "stages": to_json(document["stages"]).decode(),
        "document": upload.packed,
        "token_id": token_id,
    }
