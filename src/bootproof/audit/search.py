"""The loop: rehearse, diagnose, fix, until it starts or nothing more is known."""

from dataclasses import dataclass, replace

from bootproof.audit.theatre import Theatre, Tried
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome

ROUNDS = 60  # an audit always ends; every round mends at least one finding


@dataclass(frozen=True)
class Found:
    """How the search ended: the set of fixes, every boot on the way, and what stopped it."""

    plan: Plan
    rounds: tuple[Tried, ...]
    stuck: tuple[Finding, ...] = ()  # findings that nothing mends; empty where it starts
    reason: str = ""

    @property
    def last(self) -> Tried:
        """The last boot of the search."""
        return self.rounds[-1]

    @property
    def started(self) -> bool:
        """Whether the whole set makes it start."""
        return self.last.symptom.started


def search(theatre: Theatre) -> Found:
    """Adds fixes on demand only, each called for by a failure that was seen, until the project starts."""
    plan: Plan = theatre.given
    rounds: list[Tried] = list(theatre.rounds)
    for number in range(1, ROUNDS + 1):
        tried = theatre.try_out(plan)
        if tried.symptom.outcome is Outcome.BROKEN:
            again = theatre.try_out(plan)
            tried = again if again.symptom.outcome is not Outcome.BROKEN else tried
        rounds.append(tried)
        symptom = tried.symptom
        if symptom.started:
            return Found(plan, tuple(rounds))
        if symptom.outcome is Outcome.BROKEN:
            return Found(plan, tuple(rounds), reason=symptom.note)
        if symptom.sandboxed:
            return Found(plan, tuple(rounds), reason=symptom.sandboxed)
        if theatre.out_of_time:
            return Found(plan, tuple(rounds), tried.findings, "the time for the audit is used up")
        theatre.tell(f"round {number}: {_heading(tried)}")
        new = usable(theatre, plan, tried.findings)
        if not new and (other := _otherwise(theatre, plan, tried)):
            plan = other
            continue
        if not new:
            # what was only scanned may enter, now that the start fails without it
            new = _helpful(theatre, plan, tried)
        if not new:
            stuck = tuple(_without_unmakeable(theatre, plan, each) for each in tried.findings)
            return Found(plan, tuple(rounds), stuck, "no rule mends this failure")
        plan = plan + new
    return Found(plan, tuple(rounds), rounds[-1].findings, f"it still fails after {ROUNDS} rounds")


def usable(theatre: Theatre, plan: Plan, findings: tuple[Finding, ...]) -> Plan:
    """Those findings whose fixes are not in the plan yet and can be made together with it."""
    chosen: list[Finding] = []
    known = {each.fingerprint for each in plan}
    for each in findings:
        if each.fix is None or each.fingerprint in known or not (each.fix.edits or each.fix.stand_ins):
            continue
        made = _makeable(theatre, (*plan, *chosen), each, each.fix)
        if made is not None:
            chosen.append(made)
            known.add(each.fingerprint)
    return tuple(chosen)


def _makeable(theatre: Theatre, plan: Plan, finding: Finding, *repairs: Fix) -> Finding | None:
    """The finding with the first of its repairs that can be made together with the plan."""
    waiting = list(repairs)
    while waiting:
        fix = waiting.pop(0)
        waiting += fix.otherwise
        made = replace(finding, fix=replace(fix, otherwise=tuple(waiting)))
        refused = theatre.variants.refusal((*plan, made))
        if not refused:
            return made
        theatre.warn(f"`{fix.title}`, a fix of {finding.code}, cannot be tried: {refused.splitlines()[0]}")
    return None


def _without_unmakeable(theatre: Theatre, plan: Plan, finding: Finding) -> Finding:
    """The finding without a fix that cannot be made: such a fix is none."""
    fix = finding.fix
    if fix is None or not fix.edits or finding.fingerprint in {each.fingerprint for each in plan}:
        return finding
    return finding if _makeable(theatre, plan, finding, fix) else replace(finding, fix=None)


def _otherwise(theatre: Theatre, plan: Plan, tried: Tried) -> Plan:
    """The plan with another repair of a finding whose fix was tried and did not help; empty where there is none."""
    for each in plan:
        if each.fingerprint in tried.fingerprints and each.fix is not None and each.fix.otherwise:
            rest = tuple(other for other in plan if other is not each)
            made = _makeable(theatre, rest, each, *each.fix.otherwise)
            if made is not None:
                return tuple(made if other is each else other for other in plan)
    return ()


def _helpful(theatre: Theatre, plan: Plan, tried: Tried) -> Plan:
    """Scanned findings of which one alone changes how the start fails; each is tried by itself."""
    candidates = tuple(each for each in theatre.scanned(plan) if not each.advice_only)
    for each in usable(theatre, plan, candidates):
        after = theatre.rehearse((*plan, each))
        if after.outcome is Outcome.BROKEN:
            continue
        if after.started or _end(after) != _end(tried.symptom):
            return (each,)
    return ()


def _end(symptom: Symptom) -> tuple[object, ...]:
    last = symptom.failures[-1] if symptom.failures else None
    return (symptom.stage, last.type if last else "", last.message if last else symptom.note)


def _heading(tried: Tried) -> str:
    if tried.findings:
        return "; ".join(f"{each.code} {each.name}" for each in tried.findings[:3])
    return tried.symptom.note or "failed"
