"""What is played once the stage is set: search, proof, conservation, the last real server; then the report."""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bootproof import __version__
from bootproof.audit.api import Options
from bootproof.audit.conservation import Conserved, blame, compare, tls_lost
from bootproof.audit.criteria import criteria
from bootproof.audit.diagnosis import Choice
from bootproof.audit.proof import SIDE_BY_SIDE, Proved, prove
from bootproof.audit.requests import EACH_ROUTE, Requested, mend_after
from bootproof.audit.search import Found, search
from bootproof.audit.snippets import with_snippets
from bootproof.audit.standing_in import of_stand_in
from bootproof.audit.theatre import Theatre
from bootproof.audit.variants import Plan, Started, Variants
from bootproof.environment.added import added
from bootproof.environment.layer import Layer
from bootproof.environment.offers import offers
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.finding import Proof
from bootproof.model.project import Project
from bootproof.model.report import Report, Server
from bootproof.model.symptom import StageTime, Symptom
from bootproof.model.words import Meaning, Outcome, Safety, Severity, Stage, Verdict
from bootproof.project.discover import discover
from bootproof.project.sources import Sources
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.needs import variables
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rules.registry import all_rules
from bootproof.rules.undiagnosed import undiagnosed

if TYPE_CHECKING:
    from bootproof.audit.unresolved import Resolved

WHOLE = 20  # an audit begins no further trial after this many boots' time limits


def play(
    options: Options, project: Project, sources: Sources, environment: Environment, rehearser: Rehearser,
    tell: Callable[[str], Callable[[str], None]], *, resolved: float, started: float, given: "Resolved | None" = None,
) -> Report:  # fmt: skip
    """The report on a project whose rehearser is open. `started` is the audit's begin, time.monotonic.

    `given`: what had to be mended before `environment` could be made.
    """
    theatre = make_theatre(options, project, sources, environment, rehearser, tell, given)
    with uncollected(), ThreadPoolExecutor(SIDE_BY_SIDE + 2) as pool, ended_early(pool, rehearser):
        all_rules()  # read now, while the zygote still imports
        cold = pool.submit(untouched_cold, theatre)
        acted = act(theatre, pool, cold, tell)
        untouched = cold.result()
        if contradicts(acted, untouched):
            untouched = theatre.boot_cold((), EACH_ROUTE)
        if contradicts(acted, untouched) and not theatre.out_of_time:
            # a server brings an event loop and signal handlers of its own, and may load the project elsewhere
            tell("rehearse")("a real server does something else: every trial is one from here on")
            rehearser.real = True
            acted = act(theatre, pool, pool.submit(lambda: untouched), tell)
    return assemble(
        theatre,
        acted,
        untouched=untouched,
        resolved=resolved,
        started=started,
    )


@dataclass(frozen=True)
class Acted:
    """What one search and its proof came to; `server` is the mended project under a real server."""

    found: Found
    proved: Proved
    requested: Requested
    conserved: Conserved | None
    server: Symptom | None


def act(
    theatre: Theatre, pool: ThreadPoolExecutor, cold: Future[Symptom], tell: Callable[[str], Callable[[str], None]]
) -> Acted:
    """Search, proof, conservation, the first requests. `cold` is the boot of the untouched project."""
    found = search(theatre)
    tell("prove")(f"{len(found.plan)} fixes" if found.plan else "nothing to prove")
    if not found.started:
        proved = unfinished(found)
        return Acted(found, proved, Requested((), proved.plan), None, None)
    # a project that starts as it stands needs no second real server: the untouched one is the last word
    last = pool.submit(theatre.boot_cold, found.plan, EACH_ROUTE) if found.plan else cold
    lost = pool.submit(tls_lost, theatre, found.plan)
    proved = prove(theatre, found.plan, pool)
    server = last.result()
    if proved.not_needed or server.outcome is Outcome.FAILED:
        # another set than the one that was booted, or a boot that contradicts the trials: once more
        server = theatre.boot_cold(proved.plan, EACH_ROUTE)
    requested, conserved = Requested((), proved.plan), None
    if server.started:
        requested, server = mend_after(theatre, proved.plan, server, tell("requests"))
        conserved = compare(theatre.project, requested.plan, server, lost.result())
    return Acted(found, proved, requested, conserved, server)


def contradicts(acted: Acted, untouched: Symptom) -> bool:
    """Whether the untouched project's real server says something else than its first trial."""
    first = acted.found.rounds[0].symptom
    return Outcome.BROKEN not in (first.outcome, untouched.outcome) and first.started != untouched.started


def untouched_cold(theatre: Theatre) -> Symptom:
    """The project as it stands, in real processes: beside the search, which goes one boot at a time.

    Not before the zygote has done its imports, which the search waits for.
    """
    with contextlib.suppress(RehearsalError):  # the search meets it too, and tells it
        theatre.rehearser.zygote(()).wait()
    return theatre.boot_cold((), EACH_ROUTE)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keeps the garbage collector from running meanwhile: an audit is short, and threads parse side by side.

    CPython counts the depth of the tree that it builds for all threads together. A collection in the midst of
    `ast.parse` may let another thread parse, and both end with `SystemError: AST constructor recursion depth mismatch`
    (seen on 3.11.7; the counter of https://github.com/python/cpython/issues/106905).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextlib.contextmanager
def ended_early(pool: ThreadPoolExecutor, rehearser: Rehearser) -> Iterator[None]:
    """Ends every boot at once where the audit is interrupted: the pool would wait for them."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        rehearser.close()
        raise


def make_theatre(
    options: Options,
    project: Project,
    sources: Sources,
    environment: Environment,
    rehearser: Rehearser,
    tell: Callable[[str], Callable[[str], None]],
    given: "Resolved | None" = None,
) -> Theatre:
    """What the search and the proof play on."""

    def add(base: Environment, requirements: tuple[str, ...]) -> Layer | ResolutionFailure:
        return added(base, requirements, project=project, progress=tell("provision"), constraints=options.constraints)

    def build(files: Mapping[str, bytes]) -> Environment | ResolutionFailure:
        return provision(
            project, python=options.python, progress=tell("provision"), overrides=files, constraints=options.constraints
        )

    def offered(module: str, names: tuple[str, ...], hints: tuple[str, ...]) -> tuple[str, ...]:
        return offers(module, names, hints=hints, environment=environment)

    def restart(mended: Mapping[str, bytes]) -> Started:
        again = discover(project.root, app=options.app, env_files=options.env_files, env=options.env, overrides=mended)
        given = variables(again, options.env, os.environ)
        return Started(again.start, again.target, again.prestart, again.health, given)

    starts = frozenset(project.start.files if project.start is not None else ())
    starts |= {said.file for each in project.prestart for said in each.evidence if said.file is not None}
    starts |= {project.health.file} if project.health is not None else set()
    starts |= {each.file for each in project.settings if each.source in ("compose", "dockerfile", "procfile")}
    files = frozenset(path for each in project.dependencies for path in (each.path, *each.included))
    return Theatre(
        project=project,
        sources=sources,
        environment=environment,
        rehearser=rehearser,
        variants=Variants(
            sources, environment, files, add, build, restart, starts,
            frozenset(each.fingerprint for each in given.plan) if given else frozenset(),
            given.refused if given else None,
        ),
        choice=Choice(options.select, options.ignore),
        offers=offered,
        ends=time.monotonic() + WHOLE * options.timeout,
        tell=tell("rehearse"),
        rounds=given.rounds if given else (),
        given=given.plan if given else (),
        warnings=list(given.warnings) if given else [],
    )


def unfinished(found: Found) -> Proved:
    """What is known where the project could not be made to start: each fix changed the failure on the way."""
    plan = []
    still = {each.fingerprint for each in found.stuck}
    for each in found.plan:
        if each.fingerprint in still:
            # its fix was tried and the start fails as before: the fault is seen, the fix is none
            waits = each.fix is not None and each.fix.safety is Safety.PLACEHOLDER
            note = "its fix was tried, and the start still fails for this reason"
            kept = each if waits else replace(each, fix=None)
            plan.append(replace(kept, severity=Severity.BLOCKER, proof=Proof(Meaning.SEEN, each.given, note=note)))
            continue
        seen = next((tried for tried in found.rounds if each.fingerprint in tried.fingerprints), None)
        after = next(
            (tried for tried in found.rounds if each.fingerprint in {one.fingerprint for one in tried.plan}), None
        )
        gone = after is not None and each.fingerprint not in after.fingerprints
        meaning = Meaning.SEEN if seen is not None and gone else Meaning.UNPROVED
        severity = Severity.BLOCKER if meaning is Meaning.SEEN else Severity.ADVICE
        plan.append(
            replace(
                each,
                severity=severity,
                proof=Proof(meaning, each.given, note="seen to stop the start; what lies behind is not reached"),
            )
        )
    return Proved(tuple(plan), ())


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
    plan = blame(proved.plan, losses)
    waiting = of_stand_in(found, theatre.facts(found.plan))
    elsewhere = of_another_python(theatre, found) or waiting
    stuck = tuple(
        replace(each, proof=Proof(Meaning.UNPROVED, note=elsewhere))
        if elsewhere
        else replace(each, severity=Severity.BLOCKER, proof=Proof(Meaning.SEEN))
        for each in found.stuck
        if each.fingerprint not in {one.fingerprint for one in plan}
    )
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
        verdict=Verdict.UNPROVED if elsewhere and not plan else _verdict(found, untouched),
        fixed_verdict=Verdict.UNPROVED
        if elsewhere
        else _fixed(found, requested.plan if up else proved.plan, proved.flaky, up, losses, last),
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
        notes=tuple(dict.fromkeys((*theatre.warnings, *theatre.project.notes))),
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
