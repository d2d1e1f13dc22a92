"""Findings, fixes and proofs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bootproof.model.edit import AnyEdit
from bootproof.model.words import Family, Meaning, Outcome, Safety, Severity, Stage


@dataclass(frozen=True)
class Location:
    """A place in the project: a file relative to its root, and lines counted from 1."""

    file: str
    line: int = 1
    end_line: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Rival:
    """Another repair of the same fault: what it would take, in words. It was not applied."""

    title: str
    reason: str = ""


@dataclass(frozen=True)
class Fix:
    """How a finding is mended.

    `loses` says what an unsafe fix gives up; `stand_ins` are typed values for variables that only a person
    knows, used in trials and never written anywhere; `requires` are the distributions that the fix adds.
    `otherwise` are repairs to be tried, in this order, where this one cannot be made or does not help.
    """

    title: str
    safety: Safety
    edits: tuple[AnyEdit, ...] = ()
    loses: str = ""
    rivals: tuple[Rival, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    requires: tuple[str, ...] = ()  # requirement strings, e.g. "asyncpg>=0.29"
    otherwise: tuple["Fix", ...] = ()


@dataclass(frozen=True)
class Trial:
    """A rehearsal with a chosen subset of the fixes, told in brief: what was withheld and how it ended."""

    withheld: tuple[str, ...]  # fingerprints; empty for the whole set
    outcome: Outcome
    stage: Stage | None
    seen: str  # the message that ended it, masked; "" where it started
    seconds: float
    diagnosed: tuple[str, ...] = ()  # fingerprints diagnosed from it
    cold: bool = False
    note: str = ""


@dataclass(frozen=True)
class Proof:
    """The trials that make a finding a fact. `given`: fingerprints of findings whose fixes it presupposes."""

    meaning: Meaning
    given: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    redundant_with: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one place in one project. `data` is for the rule's own `fix` and is never shown.

    `seen` says whether a symptom called for it (diagnose) or the source alone (scan). A rule leaves severity
    at ADVICE; only a proof raises it.
    """

    code: str
    name: str
    family: Family
    key: str  # tells two findings of one rule in one file apart; never a line
    file: str
    line: int
    cause: str  # one sentence, no full stop; no secret
    explanation: str = ""
    end_line: int | None = None
    stage: Stage | None = None
    severity: Severity = Severity.ADVICE
    related: tuple[Location, ...] = ()
    old: str = ""
    new: str = ""
    fix: Fix | None = None
    proof: Proof | None = None
    seen: bool = False
    advice_only: bool = False  # true by nature of the rule: never enters the set of fixes by itself
    given: tuple[str, ...] = ()  # fingerprints of findings that this one presupposes
    data: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """Code, file and key: the same fault keeps it when lines move."""
        return f"{self.code}:{self.file}:{self.key}"
