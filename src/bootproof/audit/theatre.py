"""The stage on which an audit plays: one project, its environment, its rehearser, and what is tried on them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bootproof.audit.answers import Answers, Asked, NoInterpreter, Offers
from bootproof.audit.diagnosis import Choice, diagnose, on_untouched_lines, scan
from bootproof.audit.refused import OURS, as_symptom
from bootproof.audit.variants import Plan, Unbuildable, Variants
from bootproof.edits.errors import EditError
from bootproof.model.environment import Environment
from bootproof.model.finding import Finding, Trial
from bootproof.model.project import Project
from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome
from bootproof.project.sources import Sources
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Probes

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Tried:
    """One boot with its diagnosis."""

    plan: Plan
    symptom: Symptom
    findings: tuple[Finding, ...]

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Fingerprints of what was diagnosed."""
        return tuple(each.fingerprint for each in self.findings)


@dataclass
class Theatre:
    """State: what was tried, and internal warnings that the report makes visible."""

    project: Project
    sources: Sources
    environment: Environment
    rehearser: Rehearser
    variants: Variants
    choice: Choice
    offers: Offers
    ends: float  # time.monotonic at which no further trial is begun
    tell: Tell
    rounds: tuple[Tried, ...] = ()  # what was tried before there was an environment, and the fixes that gave one
    given: Plan = ()
    warnings: list[str] = field(default_factory=list)
    _asked: Asked = field(default_factory=dict)
    _facts: dict[frozenset[str], Answers] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        """Keeps an internal warning for the report, masked, once."""
        masked = self.rehearser.mask(text)
        if masked not in self.warnings:
            self.warnings.append(masked)

    @property
    def out_of_time(self) -> bool:
        """Whether the audit's own time is used up."""
        return time.monotonic() > self.ends

    def refused(self, plan: Plan) -> Symptom | None:
        """What the installer says of a plan without a fix that the dependencies need; None where they can be installed."""
        if not self.variants.lacks(plan):
            return None
        try:
            self.variants.installed(plan)
        except Unbuildable as problem:
            failure = problem.failure
            return as_symptom(failure) if failure is not None and failure.kind not in OURS else None
        except EditError:
            return None
        return None

    def facts(self, plan: Plan) -> Answers:
        """The facts as they are with a plan; answers are kept."""
        key = frozenset(each.fingerprint for each in plan)
        if key not in self._facts:
            kind = Answers if self.refused(plan) is None else NoInterpreter
            self._facts[key] = kind(
                self.project, self.sources, self.rehearser, self.variants, plan, self.offers, self._asked
            )
        return self._facts[key]

    def rehearse(
        self, plan: Plan, probes: Probes | None = None, *, tls: str = "accept", certificate: str = "right"
    ) -> Symptom:
        """One trial in a fork. What goes wrong on our own side is a symptom with the outcome `broken`."""
        refused = self.refused(plan)
        if refused is not None:
            return refused
        try:
            variant = self.variants.of(plan, tls=tls, certificate=certificate)
            symptom = self.rehearser.rehearse(variant, probes)
        except (RehearsalError, Unbuildable, EditError) as problem:
            return Symptom(outcome=Outcome.BROKEN, note=self.rehearser.mask(str(problem)))
        return on_untouched_lines(symptom, plan, self.sources.text)

    def boot_cold(self, plan: Plan, probes: Probes) -> Symptom:
        """One real server, in a whole environment of the mended project."""
        refused = self.refused(plan)
        if refused is not None:
            return refused
        try:
            variant = self.variants.of(plan)
            whole = self.variants.built(plan)
            if whole is not self.environment:
                variant = replace(variant, layers=(), added=frozenset(), environment=whole)
            symptom = self.rehearser.boot_cold(variant, probes)
        except (RehearsalError, Unbuildable, EditError) as problem:
            return Symptom(outcome=Outcome.BROKEN, note=self.rehearser.mask(str(problem)))
        return on_untouched_lines(symptom, plan, self.sources.text)

    def diagnosed(self, plan: Plan, symptom: Symptom) -> Tried:
        """The symptom with what the rules say of it."""
        if symptom.started or symptom.outcome is Outcome.BROKEN or symptom.sandboxed:
            return Tried(plan, symptom, ())
        return Tried(plan, symptom, diagnose(symptom, self.facts(plan), self.choice, self.warn))

    def try_out(self, plan: Plan) -> Tried:
        """One trial with its diagnosis."""
        return self.diagnosed(plan, self.rehearse(plan))

    def scanned(self, plan: Plan) -> tuple[Finding, ...]:
        """What stands in the source, given a plan."""
        return scan(self.facts(plan), self.choice, self.warn)


def told(tried: Tried, whole: Plan, *, cold: bool = False, note: str = "") -> Trial:
    """A boot in brief, as a proof shows it: what of the whole set was withheld."""
    kept = {each.fingerprint for each in tried.plan}
    symptom = tried.symptom
    last = symptom.failures[-1] if symptom.failures else None
    seen = f"{last.type}: {last.message.strip().partition(chr(10))[0][:300]}" if last else symptom.note
    return Trial(
        withheld=tuple(each.fingerprint for each in whole if each.fingerprint not in kept),
        outcome=symptom.outcome,
        stage=symptom.stage,
        seen="" if symptom.started else seen,
        seconds=symptom.seconds,
        diagnosed=tried.fingerprints,
        cold=cold,
        note=note or symptom.note,
    )
