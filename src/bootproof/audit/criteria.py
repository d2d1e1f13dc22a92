"""The success criteria SC-001 to SC-008, each with its evidence from this audit."""

from bootproof.audit.conservation import Conserved
from bootproof.audit.search import Found
from bootproof.model.finding import Finding
from bootproof.model.project import Project
from bootproof.model.report import Criterion
from bootproof.model.symptom import Symptom
from bootproof.model.words import Meaning, Severity

MET, NOT_MET, UNPROVED = "met", "not-met", "unproved"


def criteria(
    project: Project,
    found: Found,
    findings: tuple[Finding, ...],
    server: Symptom | None,
    conserved: Conserved | None,
    distributions: int,
) -> tuple[Criterion, ...]:
    """All eight; a criterion without evidence is unproved, never met."""
    up = server is not None and server.started
    pressing = [each for each in findings if each.severity is not Severity.ADVICE]
    tried = (Meaning.NECESSARY, Meaning.ANOTHER_FAILURE, Meaning.SEEN)
    proved = [each for each in pressing if each.proof and each.proof.meaning in tried]
    without = [each for each in pressing if each.fix is None]
    tables = server.tables if server else ()
    import_errors = [each for each in (server.failures if server else ()) if each.is_a("ImportError")]
    cycles = [each for each in pressing if each.name == "circular-import"]
    routes = server.routes if server else ()
    never = sorted(f"{each.module}.{each.name}" for each in project.routers if not each.included)
    state = server.seconds_to_ready if server else None

    def status(good: bool, known: bool = up) -> str:
        return (MET if good else NOT_MET) if known else UNPROVED

    return (
        Criterion(
            "SC-001",
            "The server starts without ImportError or ModuleNotFoundError",
            status(up and not import_errors, server is not None),
            f"the mended copy answered after {state:.2f} s under a real server"
            if up and state is not None
            else "the mended copy was not seen to start",
        ),
        Criterion(
            "SC-002",
            "Every error that blocks the start is found and documented",
            status(len(proved) == len(pressing), found.started),
            f"{len(proved)} of {len(pressing)} proved by a trial without their fix; with all fixes it starts"
            if found.started
            else found.reason,
        ),
        Criterion(
            "SC-003",
            "Every finding includes a working code fix",
            status(not without, found.started),
            f"{len(pressing) - len(without)} of {len(pressing)} blockers and failures have a fix that was rehearsed",
        ),
        Criterion(
            "SC-004",
            "No fix gives something up unsaid",
            status(not conserved.losses if conserved else False, conserved is not None),
            "; ".join((*conserved.losses, *conserved.notes)) if conserved else "conservation was not tried",
        ),
        Criterion(
            "SC-005",
            "The database connection initialises during the start, the tables are created",
            status(bool(tables) or not (server.models if server else ())),
            f"{len(tables)} tables: {', '.join(tables[:12])}"
            if tables
            else "no tables were created"
            if up
            else "not reached",
        ),
        Criterion(
            "SC-006",
            "All routers are registered and reachable",
            status(bool(routes) and not (conserved.losses if conserved else ())),
            f"{len(routes)} routes registered"
            + (f"; declared and never included: {', '.join(never)}" if never else ""),
        ),
        Criterion(
            "SC-007",
            "No circular import error remains",
            status(not any("circular import" in each.message for each in import_errors)),
            f"{len(cycles)} circular imports mended" if cycles else "none was raised",
        ),
        Criterion(
            "SC-008",
            "Dependency versions are aligned and compatible",
            status(up),
            f"{distributions} distributions resolved together; the server ran with them"
            if up
            else f"{distributions} distributions resolved",
        ),
    )
