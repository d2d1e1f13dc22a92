"""The audits of a project as lists and one by one. Who asks was checked before: a project is given, not a name."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import Asked
from bootproof.server.audits.models import Audit
from bootproof.server.database import execute
from bootproof.server.inputs import in_utc

LONGEST_PAGE = 100  # audits
PAGE = 30


class BadCursor(ValueError):
    """A cursor that no page gave."""


@dataclass(frozen=True)
class AuditLine:
    """One audit in a list, without its document. `created_at`: when the audit was made, as its report says."""

    id: int
    created_at: datetime
    received_at: datetime
    verdict: str
    fixed_verdict: str
    commit: str
    branch: str
    blockers: int
    failures: int
    advice: int
    seconds: float
    stages: list[dict[str, Any]]  # name, status, seconds


@dataclass(frozen=True)
class Filter:
    """Which audits are wanted; what is None does not matter. `since` is the first moment, `until` the first one after."""

    verdict: str | None = None
    branch: str | None = None
    code: str | None = None  # of a finding
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None  # in a finding's cause or file, or the commit begins so


@dataclass(frozen=True)
class Page:
    """A page of audits, the newest first. `next`: the cursor of the page behind it, "" on the last one."""

    audits: list[AuditLine]
    next: str


_LINE = (
    Audit.id, Audit.created_at, Audit.received_at, Audit.verdict, Audit.fixed_verdict, Audit.commit, Audit.branch,
    Audit.blockers, Audit.failures, Audit.advice, Audit.seconds, Audit.stages,
)  # fmt: skip


_PAGE: Select[Any] = (
    select(*_LINE)  # type: ignore[call-overload]
    .where(col(Audit.project_id) == bindparam("project"))
    .order_by(col(Audit.created_at).desc(), col(Audit.id).desc())
    .limit(bindparam("most"))
)
_FIRST = Asked(_PAGE)  # page, without a filter: what is asked most


def lines(project_id: int) -> Select[Any]:
    """The query of a project's audits as the columns of `AuditLine`. The document, by far the largest, is not read."""
    query: Select[Any] = select(*_LINE)  # type: ignore[call-overload]
    return query.where(col(Audit.project_id) == project_id)


async def history(
    session: AsyncSession, project_id: int, wanted: Filter | None = None, cursor: str = "", limit: int = PAGE
) -> Page:
    """A page of a project's audits, the newest first; at most `LONGEST_PAGE`. Raises `BadCursor`.

    A page is found by its first place in the index, not by an offset: the thousandth costs what the first does,
    and one that arrives meanwhile moves none.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    given = {"project": project_id, "most": limit + 1}
    if cursor or (wanted is not None and wanted != Filter()):
        query = _filtered(_PAGE, wanted or Filter())
        if cursor:
            query = query.where(tuple_(col(Audit.created_at), col(Audit.id)) < _place(cursor))
        found = [AuditLine(*row) for row in (await execute(session, query, given)).all()]
    else:
        found = [AuditLine(*row) for row in await _FIRST.rows(session, **given)]
    more = len(found) > limit
    return Page(found[:limit], _cursor(found[limit - 1]) if more else "")


async def one(session: AsyncSession, project_id: int, audit_id: int) -> AuditLine | None:
    """An audit of the project, None where it has none of that number."""
    row = (await execute(session, lines(project_id).where(col(Audit.id) == audit_id))).first()
    return AuditLine(*row) if row else None


async def before(session: AsyncSession, project_id: int, audit: AuditLine) -> AuditLine | None:
    """The audit that was made before this one, None where this is the first."""
    query = lines(project_id).where(tuple_(col(Audit.created_at), col(Audit.id)) < (audit.created_at, audit.id))
    row = (await execute(session, query.order_by(col(Audit.created_at).desc(), col(Audit.id).desc()).limit(1))).first()
    return AuditLine(*row) if row else None


async def document(session: AsyncSession, project_id: int, audit_id: int) -> dict[str, Any] | None:
    """The report of an audit as it was kept, masked; None where the project has none of that number."""
    query = select(Audit.document).where(Audit.project_id == project_id, Audit.id == audit_id)
    found: dict[str, Any] | None = (await execute(session, query)).scalar()
    return found


def _filtered(query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.verdict is not None:
        query = query.where(col(Audit.verdict) == wanted.verdict)
    if wanted.branch is not None:
        query = query.where(col(Audit.branch) == wanted.branch)
    if wanted.since is not None:
        query = query.where(col(Audit.created_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(Audit.created_at) < wanted.until)
    if wanted.code is not None:
        query = query.where(col(Audit.codes).any_() == wanted.code)
    if wanted.text:
        begun = func.lower(col(Audit.commit)).startswith(wanted.text.lower(), autoescape=True)
        query = query.where(or_(begun, col(Audit.told).icontains(wanted.text, autoescape=True)))
    return query


def _cursor(last: AuditLine) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()}|{last.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        moment, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        place = in_utc(datetime.fromisoformat(moment)), int(number)
    except (binascii.Error, ValueError):
        raise BadCursor("this cursor is none of ours") from None
    if not 0 <= place[1] < 2**63:
        raise BadCursor("this cursor is none of ours")
    return place
