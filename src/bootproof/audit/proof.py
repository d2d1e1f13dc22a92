"""The proof: for each fix a trial without it, repairs withheld together, pairs where one alone decides nothing."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bootproof.audit.theatre import Theatre, Tried, told
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Proof, Trial
from bootproof.model.words import Meaning, Outcome, Severity

SIDE_BY_SIDE = 2  # trials at a time; a boot keeps about one core busy


@dataclass(frozen=True)
class Proved:
    """The set that is applied, 1-minimal, with proofs; what turned out not to be needed; all trials held."""

    plan: Plan
    not_needed: tuple[Finding, ...]
    flaky: bool = False


def prove(theatre: Theatre, whole: Plan, pool: ThreadPoolExecutor) -> Proved:
    """Holds the trials that make each finding of the set a fact."""
    plan, dropped = whole, []
    proofs: dict[str, Proof] = {}
    while True:
        proofs = _each(theatre, plan, pool)
        groups = _repairs(plan)
        together = {
            tuple(sorted(group)): theatre_trial for group, theatre_trial in _groups(theatre, plan, groups, pool)
        }
        for group, tried in together.items():
            for fingerprint in group:
                proof = proofs[fingerprint]
                trial = told(tried, plan, note="the whole repair withheld")
                meaning = proof.meaning
                if tried.symptom.started:
                    meaning = Meaning.NOT_NEEDED
                proofs[fingerprint] = replace(proof, meaning=meaning, trials=(*proof.trials, trial))
        unneeded = [
            each for each in plan if proofs[each.fingerprint].meaning in (Meaning.NOT_NEEDED, Meaning.REDUNDANT)
        ]
        if not unneeded or theatre.out_of_time:
            break
        last = unneeded[-1]
        alone, repair = {last.fingerprint}, _repair_of(last, groups)
        tries = [repair, alone] if proofs[last.fingerprint].meaning is Meaning.NOT_NEEDED and repair != alone else [alone]
        gone = next((each for each in tries if theatre.rehearse(_but(plan, each)).started), None)
        if gone is None:  # it contradicts the trial that said so
            proofs[last.fingerprint] = replace(proofs[last.fingerprint], meaning=Meaning.FLAKY)
            break
        smaller = _but(plan, gone)
        dropped += [replace(each, proof=proofs[each.fingerprint]) for each in plan if each.fingerprint in gone]
        plan = smaller
    proved = tuple(_with(each, proofs[each.fingerprint]) for each in plan)
    return Proved(
        proved,
        tuple(replace(each, severity=Severity.ADVICE) for each in dropped),
        any(proof.meaning is Meaning.FLAKY for proof in proofs.values()),
    )


def _each(theatre: Theatre, plan: Plan, pool: ThreadPoolExecutor) -> dict[str, Proof]:
    """Leave-one-out, side by side."""

    def without(each: Finding) -> Tried:
        return theatre.try_out(tuple(other for other in plan if other is not each))

    done = list(pool.map(without, plan))
    return {each.fingerprint: _judge(theatre, plan, each, tried) for each, tried in zip(plan, done, strict=True)}


def _judge(theatre: Theatre, plan: Plan, finding: Finding, tried: Tried) -> Proof:
    given = tuple(each for each in finding.given if any(other.fingerprint == each for other in plan))
    trials: list[Trial] = [told(tried, plan)]
    meaning = meaning_of(finding, tried, well=tried.symptom.started)
    if meaning is Meaning.NECESSARY:
        return Proof(meaning, given, tuple(trials))
    # a trial that contradicts its prediction is repeated
    again = theatre.try_out(tried.plan)
    trials.append(told(again, plan, note="repeated"))
    if meaning_of(finding, again, well=again.symptom.started) is not meaning:
        return Proof(Meaning.FLAKY, given, tuple(trials))
    if meaning is not Meaning.NOT_NEEDED:
        return Proof(meaning, given, tuple(trials))
    partners: list[str] = []
    for other in plan:
        if other is finding or theatre.out_of_time:
            continue
        pair = theatre.try_out(_but(plan, {finding.fingerprint, other.fingerprint}))
        alone = theatre.try_out(_but(plan, {other.fingerprint}))
        if pair.symptom.outcome is Outcome.FAILED and alone.symptom.started:
            partners.append(other.fingerprint)
            trials.append(told(pair, plan))
    return Proof(Meaning.REDUNDANT if partners else Meaning.NOT_NEEDED, given, tuple(trials), tuple(partners))


def meaning_of(finding: Finding, tried: Tried, *, well: bool) -> Meaning:
    """What one trial without a finding's fix says of it. `well`: it went as well as with the fix."""
    if tried.symptom.outcome is Outcome.BROKEN:
        return Meaning.UNPROVED
    if well:
        return Meaning.NOT_NEEDED
    if finding.fingerprint in tried.fingerprints:
        return Meaning.NECESSARY
    return Meaning.ANOTHER_FAILURE if tried.symptom.outcome is Outcome.FAILED else Meaning.UNPROVED


def _repairs(plan: Plan) -> list[set[str]]:
    """Fixes that need each other: connected by what each is given. Only those of more than one."""
    groups: list[set[str]] = []
    known = {each.fingerprint for each in plan}
    for each in plan:
        joined = {each.fingerprint} | {other for other in each.given if other in known}
        apart = [group for group in groups if not group & joined]
        for group in groups:
            if group & joined:
                joined |= group
        groups = [*apart, joined]
    return [group for group in groups if len(group) > 1]


def _but(plan: Plan, gone: set[str]) -> Plan:
    return tuple(each for each in plan if each.fingerprint not in gone)


def _repair_of(finding: Finding, groups: Iterable[set[str]]) -> set[str]:
    return next((group for group in groups if finding.fingerprint in group), {finding.fingerprint})


def _groups(
    theatre: Theatre, plan: Plan, groups: Sequence[set[str]], pool: ThreadPoolExecutor
) -> list[tuple[set[str], Tried]]:
    plans = [_but(plan, group) for group in groups]
    return list(zip(groups, pool.map(theatre.try_out, plans), strict=True))


def _with(finding: Finding, proof: Proof) -> Finding:
    # where the start fails without it in another way, it is mended with the others
    blocks = proof.meaning in (Meaning.NECESSARY, Meaning.ANOTHER_FAILURE)
    return replace(finding, proof=proof, severity=Severity.BLOCKER if blocks else Severity.ADVICE)
