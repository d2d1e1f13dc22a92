"""What goes wrong after a start that went well: requests that fail, coroutines that nobody awaits, an end that fails.

Each is a failure, proved like a blocker.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bootproof.audit.proof import meaning_of
from bootproof.audit.search import usable
from bootproof.audit.theatre import Tell, Theatre, Tried, told
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Proof
from bootproof.model.symptom import BrokenRequest, Failure, Frame, Held, Mishap, Symptom
from bootproof.model.words import Family, Meaning, Outcome, Severity, Stage
from bootproof.rehearsal.symptoms import missed
from bootproof.rehearsal.variant import Probes
from bootproof.rules.undiagnosed import undiagnosed

ROUNDS = 12
EACH_ROUTE = Probes(routes=True)
# SQLSTATE class 23, integrity constraint violation: but for NOT NULL, what a request made up by us may well do
MADE_UP = "23"
NOT_NULL = "23502"


@dataclass(frozen=True)
class Requested:
    """What came of it: findings of severity failure, and the set with the fixes of failures added."""

    findings: tuple[Finding, ...]
    plan: Plan


def mend_after(theatre: Theatre, plan: Plan, server: Symptom, tell: Tell) -> tuple[Requested, Symptom]:
    """Mends what the real server showed after its start, and proves each of these fixes; then the server of the whole.

    `server` is the cold boot of the plan. Nothing is rehearsed where it showed nothing. What the last server shows is
    in a finding, be it that no trial showed it.
    """
    probes, requested = shown(server), Requested((), plan)
    for _again in range(2):
        if probes is None or theatre.out_of_time:
            break
        tell(f"{len(server.requests)} requests fail" + (", and it does not stop in order" if probes.shutdown else ""))
        requested = _mend(theatre, plan, probes)
        if len(requested.plan) == len(plan):
            break
        server = theatre.boot_cold(requested.plan, EACH_ROUTE)
        more = shown(server) if server.started else None
        if more is None or (probes.routes >= more.routes and probes.shutdown >= more.shutdown):
            break  # nothing that the trials were not asked for
        probes = Probes(routes=True, shutdown=probes.shutdown or more.shutdown)
    return (_with_what_shows(theatre, plan, requested, server) if server.started else requested), server


def _with_what_shows(theatre: Theatre, start: Plan, requested: Requested, server: Symptom) -> Requested:
    """What came of it, with what the last real server still shows and no trial did.

    Of a fix in spite of which a real server shows the same, nothing is claimed; what one of the `start`'s fixes should
    have mended is told as it was seen.
    """
    shows: dict[str, Finding] = {}
    settled = {each.fingerprint for each in start}
    for one, doubtful in _failures(server):
        found = _said(theatre, requested.plan, one, doubtful)
        if not doubtful and settled >= {each.fingerprint for each in found}:
            found = tuple(undiagnosed.explain(one, theatre.facts(requested.plan)))
        shows.update({each.fingerprint: each for each in found})
    known = {each.fingerprint for each in requested.findings}
    left = tuple(_seen(each) for key, each in shows.items() if key not in known | settled)
    mended = {each.fingerprint for each in requested.plan} & shows.keys()

    def doubted(finding: Finding) -> Finding:
        if finding.fingerprint not in mended or finding.proof is None:
            return finding
        proof = replace(finding.proof, meaning=Meaning.FLAKY, note="a real server fails in this way with its fix too")
        return replace(finding, proof=proof, severity=Severity.ADVICE)

    return Requested((*map(doubted, requested.findings), *left), tuple(map(doubted, requested.plan)))


def _seen(finding: Finding, note: str = "") -> Finding:
    """A failure that was seen and that nothing mends: edits that were not seen to help are no fix."""
    tried = finding.fix is not None and bool(finding.fix.edits or finding.fix.stand_ins)
    fix = None if tried else finding.fix
    return replace(finding, fix=fix, severity=Severity.FAILURE, proof=Proof(Meaning.SEEN, note=note))


def shown(server: Symptom) -> Probes | None:
    """What a trial must be asked so that it shows what the real server did after its start; None where all was well."""
    mishaps = [each for each in server.mishaps if counts(each)]
    routes = bool(server.requests) or server.unasked or any(each.stage is Stage.REQUESTS for each in mishaps)
    if not routes and not mishaps:
        return None
    return Probes(routes=routes, shutdown=any(each.stage is Stage.SHUTDOWN for each in mishaps))


def counts(mishap: Mishap) -> bool:
    """Whether it is the project's: what is only logged must come from own code."""
    return not mishap.logged or any(each.own_frame for each in mishap.chain)


def _mend(theatre: Theatre, plan: Plan, probes: Probes) -> Requested:
    whole, useless = plan, tuple[Finding, ...]()
    sound: Tried | None = None  # the last set that starts and none of whose findings is diagnosed again
    for _round in range(ROUNDS):
        tried = sound if sound is not None and sound.plan == whole else _tried(theatre, whole, probes)
        if tried.symptom.outcome is Outcome.BROKEN:
            return _unheard(plan, whole, useless, tried)
        # a fix after which the same is diagnosed again is none, nor is one after which it cannot be made to start
        again = tuple(each for each in whole[len(plan) :] if each.fingerprint in tried.fingerprints)
        if not again and _after_start(tried.symptom):
            sound = tried
        known = {each.fingerprint for each in (*whole, *useless)}
        unknown = tuple(each for each in tried.findings if each.fingerprint not in known)
        new = usable(theatre, whole, unknown) if not again and not theatre.out_of_time else ()
        if not new and sound not in (None, tried):
            again = again or tuple(each for each in whole if each not in sound.plan)
        if not new and not again:
            break
        useless += again
        whole = tuple(each for each in whole if each not in again) + new
    if sound is None:
        return Requested((), plan)
    kept, dropped = _proved(theatre, plan, sound.plan[len(plan) :], probes, frozenset(sound.fingerprints))
    in_vain, taken = {each.fingerprint for each in useless}, {each.fingerprint for each in sound.plan}
    vain = "its fix was tried, and it still fails for this reason"
    stuck = tuple(
        _seen(each, vain if each.fingerprint in in_vain else "")
        for each in sound.findings
        if each.fingerprint not in taken
    )
    return Requested((*kept, *dropped, *stuck), plan + kept)


def _unheard(plan: Plan, whole: Plan, useless: Plan, tried: Tried) -> Requested:
    """What was seen to fail, where the trial with its fixes could not be held: none of them is claimed."""
    note = f"a trial with its fix could not be held: {tried.symptom.note}"
    return Requested(tuple(_seen(each, note) for each in (*whole[len(plan) :], *useless)), plan)


def _proved(
    theatre: Theatre, plan: Plan, fixes: Plan, probes: Probes, left: frozenset[str]
) -> tuple[Plan, tuple[Finding, ...]]:
    """The fixes with their proofs, and apart those that are not needed, dropped one after the other.

    `left` are the fingerprints of what fails with all of them too.
    """
    dropped: list[Finding] = []
    while True:
        judged = [_judged(theatre, plan + fixes, each, probes, left) for each in fixes]
        unneeded = [each for each in judged if each.proof and each.proof.meaning is Meaning.NOT_NEEDED]
        if not unneeded:
            return tuple(judged), tuple(dropped)
        # its trial was the one of the smaller set, twice; the next set is looked at anew
        dropped.append(unneeded[-1])
        fixes = tuple(each for each in fixes if each.fingerprint != unneeded[-1].fingerprint)


def _judged(theatre: Theatre, whole: Plan, finding: Finding, probes: Probes, left: frozenset[str]) -> Finding:
    """A finding with what the trials without its fix say; one that contradicts the prediction is repeated."""
    rest = tuple(each for each in whole if each.fingerprint != finding.fingerprint)

    def told_by(tried: Tried) -> Meaning:
        well = _after_start(tried.symptom) and left >= set(tried.fingerprints)
        return meaning_of(finding, tried, well=well)

    tried = _tried(theatre, rest, probes)
    meaning, trials = told_by(tried), [told(tried, whole)]
    if meaning is not Meaning.NECESSARY:
        again = _tried(theatre, rest, probes)
        trials.append(told(again, whole, note="repeated"))
        meaning = meaning if told_by(again) is meaning else Meaning.FLAKY
    fails = meaning in (Meaning.NECESSARY, Meaning.ANOTHER_FAILURE)
    severity = Severity.FAILURE if fails else Severity.ADVICE
    return replace(finding, proof=Proof(meaning, finding.given, tuple(trials)), severity=severity)


def _after_start(symptom: Symptom) -> bool:
    return symptom.started or symptom.stage in (Stage.REQUESTS, Stage.SHUTDOWN)


def _tried(theatre: Theatre, plan: Plan, probes: Probes) -> Tried:
    """One trial with its diagnosis; one that could not be held is tried once more."""
    symptom = theatre.rehearse(plan, probes)
    if symptom.outcome is Outcome.BROKEN:
        symptom = theatre.rehearse(plan, probes)
    return _diagnosed(theatre, plan, symptom)


def _diagnosed(theatre: Theatre, plan: Plan, symptom: Symptom) -> Tried:
    """A boot with what the rules say of everything that went wrong in it after its start."""
    if not symptom.started:
        return theatre.diagnosed(plan, symptom)
    findings: dict[str, Finding] = {}
    failed: Symptom | None = None
    for one, doubtful in _failures(symptom):
        found = _said(theatre, plan, one, doubtful)
        if found:
            failed = failed or one
        for each in found:
            findings.setdefault(each.fingerprint, each)
    return Tried(plan, failed or symptom, tuple(findings.values()))


def _said(theatre: Theatre, plan: Plan, failed: Symptom, doubtful: bool) -> tuple[Finding, ...]:
    found = theatre.diagnosed(plan, failed).findings
    return tuple(each for each in found if not (doubtful and each.family is Family.UNDIAGNOSED))


def _failures(symptom: Symptom) -> Iterator[tuple[Symptom, bool]]:
    """What went wrong, each as a symptom of its own, and whether it counts only where a rule knows it.

    Coroutines that were never awaited come last, and only where no request failed: an exception may have kept the
    project from awaiting them.
    """
    broken = [each for each in symptom.requests if not made_up(each.chain)]
    for each in broken:
        yield as_symptom(each, symptom), False
    for mishap in symptom.mishaps:
        if counts(mishap) and not (mishap.unawaited and broken):
            yield _of_stage(symptom, mishap.stage, mishap.chain, mishap.note, held=mishap.held), mishap.logged


def made_up(chain: tuple[Failure, ...]) -> bool:
    """Whether the database refused what our own request made up: a user of that name twice, an owner that is not there."""
    states = [str(each.facts.get("sqlstate") or each.facts.get("pgcode") or "") for each in chain]
    sqlite = [str(each.facts.get("sqlite_errorname") or "") for each in chain]
    return any(each.startswith(MADE_UP) and each != NOT_NULL for each in states) or any(
        each.startswith("SQLITE_CONSTRAINT") and not each.endswith("NOTNULL") for each in sqlite
    )


def as_symptom(broken: BrokenRequest, of: Symptom) -> Symptom:
    """One broken request as a symptom of the stage `requests`."""
    answered = f" answered {broken.status}" if not broken.chain and broken.status is not None else ""
    note = f"{broken.method} {broken.path}{answered}"
    return _of_stage(of, Stage.REQUESTS, broken.chain, note, endpoint=broken.endpoint)


def _of_stage(
    of: Symptom, stage: Stage, chain: tuple[Failure, ...], note: str, *,
    held: tuple[Held, ...] = (), endpoint: Frame | None = None,
) -> Symptom:  # fmt: skip
    away = missed(chain, of.refused, stage)
    return Symptom(
        outcome=Outcome.FAILED,
        stage=stage,
        chain=chain,
        note=note,
        held=held,
        endpoint=endpoint,
        sandboxed=f"it needs {away.host}:{away.port}, which a rehearsal does not reach" if away else "",
        argv=of.argv,
        tables=of.tables,
        models=of.models,
        routes=of.routes,
        log=of.log,
    )
