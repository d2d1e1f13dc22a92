"""The difference between two audits, by fingerprint: lines that moved make nothing new."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.audits.models import Audit, Occurrence

_ORDER = ("blocker", "failure", "advice")


@dataclass(frozen=True)
class Found:
    """One finding of one audit, in brief."""

    fingerprint: str
    code: str
    severity: str
    file: str
    line: int
    cause: str


@dataclass(frozen=True)
class Comparison:
    """What became of the findings. `still`, as the newer audit has them. Blockers first, then failures, then advice."""

    new: list[Found]
    gone: list[Found]
    still: list[Found]


async def findings(session: AsyncSession, project_id: int, audit_id: int) -> list[Found]:
    """The findings of an audit, in brief; none where the project has no such audit."""
    return (await _of(session, project_id, [audit_id]))[audit_id]


async def compare(session: AsyncSession, project_id: int, older: int | None, newer: int) -> Comparison:
    """What is new in the newer audit, what is gone and what is still there. Without an older one all is new."""
    found = await _of(session, project_id, [newer] if older is None else [older, newer])
    now = {each.fingerprint: each for each in found[newer]}
    then = {} if older is None else {each.fingerprint: each for each in found[older]}
    return Comparison(
        new=[each for key, each in now.items() if key not in then],
        gone=[each for key, each in then.items() if key not in now],
        still=[each for key, each in now.items() if key in then],
    )


async def _of(session: AsyncSession, project_id: int, audits: list[int]) -> dict[int, list[Found]]:
    query = select(
        col(Occurrence.audit_id), col(Occurrence.fingerprint), col(Occurrence.code), col(Occurrence.severity),
        col(Occurrence.file), col(Occurrence.line), col(Occurrence.cause),
    ).join(Audit, col(Audit.id) == col(Occurrence.audit_id))  # fmt: skip
    query = query.where(col(Audit.project_id) == project_id, col(Audit.id).in_(audits))
    found: dict[int, list[Found]] = {each: [] for each in audits}
    for audit_id, *rest in (await session.execute(query.order_by(col(Occurrence.id)))).all():
        found[audit_id].append(Found(*rest))
    return {audit: sorted(each, key=lambda one: _ORDER.index(one.severity)) for audit, each in found.items()}
