"""The difference between two audits, by fingerprint: lines that moved make nothing new."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.audits.models import Audit

_ORDER = ("blocker", "failure", "advice")
_BRIEF = ("fingerprint", "code", "severity", "file", "line", "cause")


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


def findings(document: Mapping[str, Any]) -> list[Found]:
    """The findings of a report, in brief."""
    found = [Found(**{name: each[name] for name in _BRIEF}) for each in document.get("findings", ())]
    return sorted(found, key=lambda each: _ORDER.index(each.severity))


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
    query = select(Audit.id, Audit.document).where(Audit.project_id == project_id, col(Audit.id).in_(audits))
    found: dict[int, list[Found]] = {each: [] for each in audits}
    for audit_id, document in (await session.exec(query)).all():
        assert audit_id is not None
        found[audit_id] = findings(document)
    return found
