"""What goes wrong after a start that went well: requests that fail, coroutines that nobody awaits, an end that fails.

Each is a failure, proved like a blocker.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bootproof.audit.search import usable
from bootproof.audit.theatre import Tell, Theatre, Tried, told
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Proof
from bootproof.model.symptom import BrokenRequest, Failure, Frame, Held, Mishap, Symptom
from bootproof.model.words import Family, Meaning, Outcome, Severity, Stage
from bootproof.rehearsal.rehearser import Probes
from bootproof.rehearsal.symptoms import missed

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

    `server` is the cold boot of the plan. Nothing is rehearsed where it showed nothing.
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
    return requested, server


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
    whole, latest, useless = plan, tuple[Finding, ...](), tuple[Finding, ...]()
    for _round in range(ROUNDS):
        tried = _diagnosed(theatre, whole, probes)
        # a fix after which the same is diagnosed again is none, nor is one after which it does not start any more
        again = latest if _ended(tried) else tuple(each for each in whole[len(plan) :] if each.fingerprint in tried.fingerprints)
        if again:
            useless += again
            whole, latest = tuple(each for each in whole if each not in again), ()
            continue
        known = {each.fingerprint for each in (*whole, *useless)}
        new = usable(theatre, whole, tuple(each for each in tried.findings if each.fingerprint not in known))
        if not new or theatre.out_of_time:
            break
        whole, latest = whole + new, new
    known, tried_in_vain = {each.fingerprint for each in whole}, {each.fingerprint for each in useless}
    left = {each.fingerprint: each for each in tried.findings if each.fingerprint not in known}
    seen = [replace(each, fix=None) if each.fingerprint in tried_in_vain else each for each in left.values()]
    proved = []
    for each in whole[len(plan) :]:
        rest = tuple(other for other in whole if other is not each)
        tried = _diagnosed(theatre, rest, probes)
        necessary = each.fingerprint in tried.fingerprints
        proof = Proof(Meaning.NECESSARY if necessary else Meaning.NOT_NEEDED, each.given, (told(tried, whole),))
        proved.append(replace(each, proof=proof, severity=Severity.FAILURE if necessary else Severity.ADVICE))
    needed = tuple(each for each in proved if each.severity is Severity.FAILURE)
    stuck = tuple(replace(each, severity=Severity.FAILURE, proof=Proof(Meaning.SEEN)) for each in seen)
    return Requested((*proved, *stuck), plan + needed)


def _ended(tried: Tried) -> bool:
    """Whether it did not even start, and no rule knows more of it."""
    known = any(each.family is not Family.UNDIAGNOSED for each in tried.findings)
    return tried.symptom.stage not in (Stage.REQUESTS, Stage.SHUTDOWN) and not tried.symptom.started and not known


def _diagnosed(theatre: Theatre, plan: Plan, probes: Probes) -> Tried:
    """One trial, with what the rules say of everything that went wrong in it after its start."""
    symptom = theatre.rehearse(plan, probes)
    if not symptom.started:
        return theatre.diagnosed(plan, symptom)
    findings: dict[str, Finding] = {}
    failed: Symptom | None = None
    for one, doubtful in _failures(symptom):
        found = [each for each in theatre.diagnosed(plan, one).findings if not (doubtful and each.family is Family.UNDIAGNOSED)]
        if found:
            failed = failed or one
        for each in found:
            findings.setdefault(each.fingerprint, each)
    return Tried(plan, failed or symptom, tuple(findings.values()))


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
