"""A project whose declared dependencies cannot be installed: what mends them, or the report that nothing does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from bootproof import __version__
from bootproof.audit.answers import NoInterpreter
from bootproof.audit.api import Options
from bootproof.audit.diagnosis import Choice, diagnose
from bootproof.audit.refused import OURS, as_symptom, stages
from bootproof.audit.theatre import Tried
from bootproof.audit.variants import Plan, Variants
from bootproof.edits.apply import apply
from bootproof.edits.errors import EditError
from bootproof.environment.offers import offers
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.finding import Finding, Proof
from bootproof.model.project import Project
from bootproof.model.report import Report
from bootproof.model.words import Meaning, Severity, Verdict
from bootproof.project.sources import Sources

ROUNDS = 12


@dataclass(frozen=True)
class Resolved:
    """What became of dependencies that cannot be installed: fixes after which they can, or the failure that stays.

    `environment` is that of the mended dependencies, None where none could be made; `rounds` are the attempts.
    """

    environment: Environment | None
    plan: Plan
    rounds: tuple[Tried, ...]
    failure: ResolutionFailure
    refused: ResolutionFailure  # of the untouched project
    stuck: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()


def mend_resolution(
    project: Project, failure: ResolutionFailure, options: Options, tell: Callable[[str], None]
) -> Resolved:
    """Adds fixes on demand until the dependencies can be installed: the search, for what comes before every boot."""
    sources = Sources(project.root, project.target.path if project.target else (".",))
    warnings: list[str] = []
    refused = failure
    plan: Plan = ()
    rounds: list[Tried] = []
    findings: tuple[Finding, ...] = ()
    for _round in range(ROUNDS):
        symptom = as_symptom(failure)
        facts = _facts(project, sources, failure, plan)
        findings = diagnose(symptom, facts, Choice(options.select, options.ignore), warnings.append)
        rounds.append(Tried(plan, symptom, findings))
        if failure.kind in OURS or options.python is not None:
            break
        following = _next(plan, findings, sources)
        if not following:
            break
        plan = following
        tell(f"trying {len(plan)} fixes of the declared dependencies")
        mended = apply([edit for each in plan if each.fix for edit in each.fix.edits], sources.text)
        there = {path: content for path, content in mended.items() if content is not None}
        made = provision(project, progress=tell, overrides=there, constraints=options.constraints)
        if isinstance(made, Environment):
            return Resolved(made, plan, tuple(rounds), failure, refused, (), tuple(warnings))
        failure = made
    known = {each.fingerprint for each in plan}
    stuck = tuple(replace(each, fix=None) if each.fingerprint in known else each for each in findings)
    return Resolved(None, plan, tuple(rounds), failure, refused, stuck, tuple(warnings))


def _next(plan: Plan, findings: tuple[Finding, ...], sources: Sources) -> Plan:
    """The plan with what is new, else with another repair of what its fix did not help; empty for neither."""
    known = {each.fingerprint for each in plan}
    found = tuple(each for each in findings if each.fingerprint not in known and each.fix and each.fix.edits)
    candidates = [plan + found] if found else []
    for each in plan:
        waiting = each.fix.otherwise if each.fix else ()
        if waiting and any(each.fingerprint == other.fingerprint for other in findings):
            other = replace(each, fix=replace(waiting[0], otherwise=waiting[1:]))
            candidates.append(tuple(other if one is each else one for one in plan))
    for candidate in candidates:
        try:
            apply([edit for each in candidate if each.fix for edit in each.fix.edits], sources.text)
        except EditError:
            continue
        return candidate
    return ()


def _facts(project: Project, sources: Sources, failure: ResolutionFailure, plan: Plan) -> NoInterpreter:
    empty = Environment(python=project.root, version="", distributions=(), site=())
    variants = Variants(sources, empty, frozenset(), lambda *_: failure, lambda *_: failure)

    def offered(module: str, names: tuple[str, ...], hints: tuple[str, ...]) -> tuple[str, ...]:
        return offers(module, names, hints=hints)

    return NoInterpreter(project, sources, cast("object", None), variants, plan, offered, {})  # type: ignore[arg-type]  # never asked: `ask` is overridden


def report_unresolved(project: Project, tried: Resolved, resolved: float, seconds: float) -> Report:
    """A report of the stage `resolve` alone. The resolver's own explanation is the evidence."""
    failure = tried.failure
    ours = failure.kind in OURS
    seen = Proof(Meaning.SEEN, note="the installer refused the declared dependencies")
    earlier = tuple(each for each in tried.plan if each.fingerprint not in {one.fingerprint for one in tried.stuck})
    findings = () if ours else tuple(
        replace(each, severity=Severity.BLOCKER, proof=seen) for each in (*earlier, *tried.stuck)
    )
    verdict = Verdict.UNPROVED if ours else Verdict.FAILS
    return Report(
        verdict=verdict,
        fixed_verdict=verdict,
        project=project,
        environment=None,
        stages=stages(resolved),
        findings=findings,
        not_tried=(f"Everything behind the installation: {(failure.explanation.strip() or failure.kind).splitlines()[0]}",),
        seconds=seconds,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        notes=tried.warnings,
    )
