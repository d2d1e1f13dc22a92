"""The audit as a document: the same content in every format."""

from dataclasses import dataclass

from bootproof.model.environment import Environment
from bootproof.model.finding import Finding
from bootproof.model.project import Project
from bootproof.model.symptom import Exchange, Refused, StageTime
from bootproof.model.words import Verdict


@dataclass(frozen=True)
class Criterion:
    """One success criterion, SC-001 to SC-008, with its evidence. `status`: met, not-met, unproved."""

    id: str
    text: str
    status: str
    evidence: str


@dataclass(frozen=True)
class Server:
    """The last real server: what it logged and answered. `seconds_to_ready`: its cold start."""

    log: str = ""
    exchanges: tuple[Exchange, ...] = ()
    routers: tuple[str, ...] = ()  # one line each: the router, its routes, the answer
    seconds_to_ready: float | None = None
    command: str = ""
    port: int | None = None


@dataclass(frozen=True)
class FileChange:
    """A file that was, or would be, changed; `backup` where one was made."""

    path: str
    diff: str
    backup: str | None = None
    applied: bool = False


@dataclass(frozen=True)
class Report:
    """What one audit found and proved."""

    verdict: Verdict
    fixed_verdict: Verdict
    project: Project
    environment: Environment | None
    stages: tuple[StageTime, ...]
    findings: tuple[Finding, ...]
    criteria: tuple[Criterion, ...] = ()
    server: Server | None = None
    untouched: Server | None = None  # what the project as it stands printed
    refused: tuple[Refused, ...] = ()
    not_tried: tuple[str, ...] = ()
    files_modified: tuple[FileChange, ...] = ()
    seconds: float = 0.0
    created: str = ""  # ISO 8601, UTC
    version: str = ""
    trials: int = 0
    notes: tuple[str, ...] = ()  # internal warnings, made visible
