"""The report, put together from everything that was seen."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bootproof import __version__
from bootproof.audit.conservation import Conserved, blame
from bootproof.audit.criteria import criteria
from bootproof.audit.proof import Proved
from bootproof.audit.requests import Requested
from bootproof.audit.search import Found
from bootproof.audit.snippets import with_snippets
from bootproof.audit.standing_in import of_stand_in
from bootproof.audit.theatre import Theatre
from bootproof.audit.unsure import doubted, doubts, may_set
from bootproof.audit.variants import Plan
from bootproof.model.finding import Proof
from bootproof.model.project import Project
from bootproof.model.report import Report, Server
from bootproof.model.symptom import StageTime, Symptom
from bootproof.model.words import Meaning, Outcome, Safety, Severity, Stage, Verdict
from bootproof.rules.undiagnosed import undiagnosed


@dataclass(frozen=True)
class Acted:
    """What one search and its proof came to; `server` is the mended project under a real server."""

    found: Found
    proved: Proved
    requested: Requested
    conserved: Conserved | None
    server: Symptom | None


def assemble(
    theatre: Theatre,
    acted: Acted,
    *,
    untouched: Symptom,
    resolved: float,
    started: float,
) -> Report:
    """The report, from everything that was seen."""
    found, proved, requested, conserved, server = (
        acted.found, acted.proved, acted.requested, acted.conserved, acted.server,
    )  # fmt: skip
    losses = conserved.losses if conserved else ()
    unsure, settings = theatre.project.unsure, theatre.project.settings
    plan = doubted(blame(proved.plan, losses), unsure, settings)
    waiting = of_stand_in(found, theatre.facts(found.plan))
    elsewhere = of_another_python(theatre, found) or of_another_place(found) or waiting
    stuck = doubted(
        tuple(
            replace(each, proof=Proof(Meaning.UNPROVED, note=elsewhere))
            if elsewhere
            else replace(each, severity=Severity.BLOCKER, proof=Proof(Meaning.SEEN))
            for each in found.stuck
            if each.fingerprint not in {one.fingerprint for one in plan}
        ),
        unsure,
        settings,
    )
    doubtful = (*plan, *stuck) != () and all(each.severity is Severity.ADVICE for each in (*plan, *stuck))
    taken = {each.fingerprint for each in (*plan, *stuck, *requested.findings, *proved.not_needed)}
    facts = theatre.facts(requested.plan)
    facts.registered = server.routes if server is not None else ()
    unneeded = Proof(Meaning.NOT_NEEDED, note="the start was proved without it") if found.started else None
    if found.last.symptom.sandboxed:
        unneeded = Proof(Meaning.UNPROVED, note=f"the start was not seen to come so far: {found.last.symptom.sandboxed}")
    advice = tuple(
        replace(each, severity=Severity.ADVICE, proof=unneeded)
        for each in theatre.scanned(requested.plan)
        if each.fingerprint not in taken
    )
    findings = tuple(
        with_snippets(theatre, each) for each in (*plan, *stuck, *requested.findings, *proved.not_needed, *advice)
    )
    up = server is not None and server.started
    last = found.last.symptom
    return Report(
        verdict=Verdict.UNPROVED if (elsewhere and not plan) or (unsure and doubtful) else _verdict(found, untouched),
        fixed_verdict=Verdict.UNPROVED
        if elsewhere or (unsure and doubtful)
        else _fixed(found, doubted(requested.plan if up else proved.plan, unsure, settings), proved.flaky, up, losses, last),
        project=theatre.project,
        environment=theatre.environment,
        stages=_stages(untouched.stages or found.rounds[0].symptom.stages, resolved),
        findings=findings,
        criteria=criteria(
            theatre.project, found, findings, server, conserved, len(theatre.variants.distributions(found.plan))
        ),
        server=_server(theatre, server) if server is not None else None,
        untouched=_server(theatre, untouched),
        refused=tuple(
            {(each.host, each.port): each for tried in found.rounds for each in tried.symptom.refused}.values()
        ),
        not_tried=_not_tried(theatre, found, waiting, server, untouched),
        seconds=time.monotonic() - started,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        trials=theatre.rehearser.trials,
        notes=tuple(theatre.warnings),
    )


def of_another_python(theatre: Theatre, found: Found) -> str:
    """Why the last failure, which no rule knows, may be one of this Python alone; "" where that does not follow.

    A library that breaks on a newer Python than the project names is no fault of the project, nor is syntax that an
    older one does not know.
    """
    failures = found.last.symptom.failures
    deep = bool(failures and failures[-1].frames and not failures[-1].frames[-1].own)
    deep = deep or bool(failures and failures[-1].is_a("SyntaxError"))
    unknown = bool(found.stuck) and all(each.code == undiagnosed.CODE for each in found.stuck)
    return theatre.environment.stands_in if deep and unknown else ""


def of_another_place(found: Found) -> str:
    """Why the last failure may be of this machine alone: what is missing lies outside the project; "" where that is not so."""
    reasons = [str(each.data.get("outside", "")) for each in found.stuck]
    return reasons[0] if reasons and all(reasons) else ""


def _stages(told: tuple[StageTime, ...], resolved: float) -> tuple[StageTime, ...]:
    refused = told[:1] and told[0].stage is Stage.RESOLVE
    return (StageTime(Stage.RESOLVE, "failed" if refused else "passed", resolved), *(told[1:] if refused else told))


def _verdict(found: Found, untouched: Symptom) -> Verdict:
    first = found.rounds[0].symptom
    if first.outcome is Outcome.BROKEN or first.sandboxed:
        return Verdict.UNPROVED
    if untouched.outcome is not Outcome.BROKEN and untouched.started != first.started:
        return Verdict.UNPROVED
    return Verdict.STARTS if first.started else Verdict.FAILS


def _fixed(found: Found, plan: Plan, flaky: bool, up: bool, losses: tuple[str, ...], last: Symptom) -> Verdict:
    # what was booted is what `fix` writes: no finding of the set may be left as mere advice
    whole = not flaky and all(each.severity is not Severity.ADVICE for each in plan)
    if found.started and up and whole and not losses:
        waits = any(each.fix and each.fix.safety is Safety.PLACEHOLDER for each in plan)
        return Verdict.UNPROVED if waits else Verdict.STARTS
    if found.started or last.sandboxed or last.outcome is Outcome.BROKEN:
        return Verdict.UNPROVED
    return Verdict.FAILS


def _server(theatre: Theatre, symptom: Symptom) -> Server:
    target = theatre.project.target
    return Server(
        log=symptom.log,
        exchanges=symptom.exchanges,
        routers=_routers(theatre.project, symptom),
        seconds_to_ready=symptom.seconds_to_ready if symptom.started else None,
        command=" ".join(symptom.argv),
        port=target.port if target else None,
    )


def _routers(project: Project, symptom: Symptom) -> tuple[str, ...]:
    lines = []
    for router in project.routers:
        if router.included and router.paths and symptom.started:
            registered = [path for path in router.paths if any(route.endswith(path) for route in symptom.routes)]
            answered = [
                each
                for each in symptom.exchanges
                if any(each.path.partition("?")[0].endswith(path) for path in registered)
            ]
            worst = max((each.status or 599 for each in answered), default=None)
            lines.append(
                f"{router.module}.{router.name}: {len(registered)} of {len(router.paths)} paths registered"
                + (f", {len(answered)} asked, worst status {worst}" if worst else "")
            )
    return tuple(lines)


def _not_tried(
    theatre: Theatre, found: Found, waiting: str, server: Symptom | None, untouched: Symptom
) -> tuple[str, ...]:
    said = []
    if theatre.rehearser.needs.hosts:
        said.append(
            "Whether production's database host, credentials, database name and pooler are right: connections are led "
            f"to {theatre.rehearser.server_place}"
        )
    said += theatre.rehearser.notes
    if theatre.project.start is not None:
        said += theatre.project.start.notes
    if not theatre.rehearser.isolation:
        why = "`--allow` opens the network" if theatre.rehearser.allowed else "this system does not allow them"
        said.append(f"Isolation by namespaces: {why}, so boots ran in a copy, with the network refused by hooks alone")
    elsewhere = of_another_python(theatre, found)
    if elsewhere:
        said.append(f"Whether it fails like this on the Python that the project names: {elsewhere}")
    if place := of_another_place(found):
        said.append(f"Whether it fails like this where it is deployed: {place}")
    for each in doubts((*found.plan, *found.stuck), theatre.project.unsure, theatre.project.settings):
        said.append(f"Which settings the start has: {may_set(each)}")
    if waiting:
        said.append(f"Whether it fails like this with real values: {waiting}")
    if found.reason:
        said.append(f"What lies behind the last failure: {found.reason}")
    for symptom, what in (
        (server, "The mended project under a real server"),
        (untouched, "The untouched project under a real server"),
    ):
        if symptom is not None and symptom.outcome is Outcome.BROKEN:
            said.append(f"{what}: {symptom.note}")
    if server is not None and server.outcome not in (Outcome.STARTED, Outcome.BROKEN):
        said.append(
            f"Why the mended project starts in trials and not under a real server: {server.note or server.stage}"
        )
    if untouched.outcome is not Outcome.BROKEN and untouched.started != found.rounds[0].symptom.started:
        said.append("Why the untouched project answers differently in a trial and cold: nothing is claimed of it")
    if server is None:
        said.append("A real server of the mended project: it was not made to start")
    stand_ins = sorted({name for each in found.plan if each.fix for name in each.fix.stand_ins})
    if stand_ins:
        # the names last: what follows a name with a colon reads as its value, and is masked
        said.append(f"Real values: typed stand-ins, which are written nowhere, were used for {', '.join(stand_ins)}")
    return tuple(said)
