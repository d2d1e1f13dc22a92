"""The report on a project whose declared dependencies cannot be installed: nothing can be rehearsed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from bootproof import __version__
from bootproof.audit.answers import Answers
from bootproof.audit.api import Options
from bootproof.audit.diagnosis import Choice, diagnose
from bootproof.audit.variants import Variants
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.finding import Proof
from bootproof.model.project import Project
from bootproof.model.report import Report
from bootproof.model.symptom import StageTime, Symptom
from bootproof.model.words import Meaning, Outcome, Severity, Stage, Verdict
from bootproof.project.sources import Sources

OURS = frozenset({"python", "network", "timeout"})  # kinds that say nothing of the project


class NoInterpreter(Answers):
    """Facts without an environment: the source is read, the interpreter has no answer."""

    def ask(self, question: str, **arguments: object) -> object:
        return None


def report_unresolved(
    project: Project, failure: ResolutionFailure, options: Options, resolved: float, seconds: float
) -> Report:
    """A report of the stage `resolve` alone. The resolver's own explanation is the evidence."""
    warnings: list[str] = []
    sources = Sources(project.root, project.target.path if project.target else (".",))
    empty = Environment(python=project.root, version="", distributions=(), site=())
    variants = Variants(sources, empty, frozenset(), lambda *_: failure, lambda *_: failure)
    facts = NoInterpreter(project, sources, cast("object", None), variants, (), lambda *_: (), {})  # type: ignore[arg-type]  # never asked: `ask` is overridden
    symptom = Symptom(Outcome.FAILED, Stage.RESOLVE, note=failure.explanation, command=failure.names)
    ours = failure.kind in OURS
    findings = (
        ()
        if ours
        else tuple(
            replace(
                each,
                severity=Severity.BLOCKER,
                proof=Proof(Meaning.SEEN, note="the installer refused the declared dependencies"),
            )
            for each in diagnose(symptom, facts, Choice(options.select, options.ignore), warnings.append)
        )
    )
    verdict = Verdict.UNPROVED if ours else Verdict.FAILS
    stages = (
        StageTime(Stage.RESOLVE, "failed", resolved),
        *(StageTime(each, "not-reached", 0.0) for each in Stage if each not in (Stage.RESOLVE, Stage.REQUESTS)),
    )
    return Report(
        verdict=verdict,
        fixed_verdict=verdict,
        project=project,
        environment=None,
        stages=stages,
        findings=findings,
        not_tried=(f"Everything behind the installation: {(failure.explanation.strip() or failure.kind).splitlines()[0]}",),
        seconds=seconds,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        notes=tuple(warnings),
    )
