"""What is played once the stage is set: search, proof, conservation, the last real server."""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from bootproof.audit.api import Options
from bootproof.audit.assembly import Acted, assemble
from bootproof.audit.conservation import compare, tls_lost
from bootproof.audit.diagnosis import Choice
from bootproof.audit.proof import SIDE_BY_SIDE, Proved, prove
from bootproof.audit.requests import EACH_ROUTE, Requested, mend_after
from bootproof.audit.search import Found, search
from bootproof.audit.theatre import Theatre
from bootproof.audit.variants import Started, Variants
from bootproof.environment.added import added
from bootproof.environment.layer import Layer
from bootproof.environment.offers import offers
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.finding import Proof
from bootproof.model.project import GIVEN, Project
from bootproof.model.report import Report
from bootproof.model.symptom import Symptom
from bootproof.model.words import Meaning, Outcome, Safety, Severity
from bootproof.project.discover import discover
from bootproof.project.sources import Sources
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.needs import variables
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rules.registry import all_rules

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
    starts |= {each.file for each in project.settings if each.source in GIVEN}
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
