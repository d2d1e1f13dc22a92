"""The first requests: a server that starts and then fails on a request is a failure, proved like a blocker."""

from dataclasses import dataclass, replace

from bootproof.audit.search import usable
from bootproof.audit.theatre import Theatre, Tried, told
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Proof
from bootproof.model.symptom import BrokenRequest, Symptom
from bootproof.model.words import Meaning, Outcome, Severity, Stage
from bootproof.rehearsal.symptoms import missed

ROUNDS = 12


@dataclass(frozen=True)
class Requested:
    """What the first requests showed: findings of severity failure, and how many requests still fail."""

    findings: tuple[Finding, ...]
    plan: Plan  # the set with the fixes of failures added


def mend_requests(theatre: Theatre, plan: Plan) -> Requested:
    """Rehearses every route with the plan, mends what fails and proves each of these fixes."""
    whole = plan
    open_findings: tuple[Finding, ...] = ()
    for _round in range(ROUNDS):
        tried = _diagnosed(theatre, whole)
        new = usable(theatre, whole, tried.findings)
        if not new or theatre.out_of_time:
            known = {each.fingerprint for each in whole}
            open_findings = tuple(each for each in tried.findings if each.fingerprint not in known)
            break
        whole = whole + new
    proved = []
    for each in whole[len(plan) :]:
        rest = tuple(other for other in whole if other is not each)
        tried = _diagnosed(theatre, rest)
        necessary = each.fingerprint in tried.fingerprints
        proof = Proof(Meaning.NECESSARY if necessary else Meaning.NOT_NEEDED, each.given, (told(tried, whole),))
        proved.append(replace(each, proof=proof, severity=Severity.FAILURE if necessary else Severity.ADVICE))
    needed = tuple(each for each in proved if each.severity is Severity.FAILURE)
    seen = tuple(replace(each, severity=Severity.FAILURE, proof=Proof(Meaning.SEEN)) for each in open_findings)
    return Requested((*proved, *seen), plan + needed)


def _diagnosed(theatre: Theatre, plan: Plan) -> Tried:
    """One boot with every route asked; what its broken requests are diagnosed as."""
    symptom = theatre.rehearse(plan, requests=True)
    if not symptom.started:
        return theatre.diagnosed(plan, symptom)
    findings: dict[str, Finding] = {}
    failed: Symptom | None = None
    for broken in symptom.requests:
        one = as_symptom(broken, symptom)
        if one.sandboxed:
            continue
        failed = failed or one
        for each in theatre.diagnosed(plan, one).findings:
            findings.setdefault(each.fingerprint, each)
    return Tried(plan, failed or symptom, tuple(findings.values()))


def as_symptom(broken: BrokenRequest, of: Symptom) -> Symptom:
    """One broken request as a symptom of the stage `requests`."""
    away = missed(broken.chain, of.refused, Stage.REQUESTS, Outcome.FAILED)
    return Symptom(
        outcome=Outcome.FAILED,
        stage=Stage.REQUESTS,
        chain=broken.chain,
        note=f"{broken.method} {broken.path}",
        sandboxed=f"it needs {away.host}:{away.port}, which a rehearsal does not reach" if away else "",
        argv=of.argv,
        tables=of.tables,
        models=of.models,
        routes=of.routes,
        log=of.log,
    )
