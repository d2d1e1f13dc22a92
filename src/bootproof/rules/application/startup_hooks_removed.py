"""Functions are registered for the start in a way that is gone

## What happens
`Starlette(on_startup=[…])` raises `TypeError`, `app.on_event(…)` and `app.add_event_handler(…)` raise
`AttributeError`.

## Why the server cannot start
Starlette 1.0 removed the lists of functions to run at the start and at the end. An application has one
lifespan instead.

## How to recognise it
The installed class of the application refuses the keyword and accepts `lifespan`, or the application and its
router have no such method any more.

## How it is fixed
The application's lifespan runs the functions, before its `yield` those of the start, behind it those of the
end. Where it has no lifespan it gets one.

## Fix safety
Safe: the same functions run in the same order. Where one is made at run time or stands in another module, a
person writes the lifespan.

## References
https://www.starlette.io/lifespan/, https://www.starlette.io/release-notes/
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import APPLICATION, App, app_of, apps
from bootproof.rules.application._hooks import REGISTERS, Hook, hooks, into_lifespan
from bootproof.rules.arguments import refused_arguments
from bootproof.rules.attributes import missing_attribute
from bootproof.rules.registry import finding

CODE = "BP410"
KEYWORDS = frozenset({"on_startup", "on_shutdown"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The application whose functions cannot be registered, with all of them."""
    for failure in symptom.failures:
        found = _refused(facts, failure) or _missing(facts, failure)
        if found is None:
            continue
        app, file, line, way = found
        registered = hooks(facts, app)
        yield finding(
            __name__,
            app.name or "app",
            file=file,
            line=line,
            cause=f"`{way}` is gone from the installed Starlette: an application runs its lifespan at the start",
            related=tuple(Location(each.file, each.line, note=f"registers `{each.name}`") for each in registered),
            data={"app": app, "hooks": registered},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A lifespan that runs them."""
    app, registered = finding.data["app"], finding.data["hooks"]
    if not isinstance(app, App) or not isinstance(registered, tuple):
        return None
    found = [each for each in registered if isinstance(each, Hook)]
    edits = into_lifespan(facts, app, found) if found else None
    if edits is None:
        return None
    names = ", ".join(f"`{each.name}`" for each in found)
    return Fix(f"run {names} in the lifespan", Safety.SAFE, tuple(edits))


def _refused(facts: Facts, failure: Failure) -> tuple[App, str, int, str] | None:
    for each in refused_arguments(facts, failure):
        if each.name in KEYWORDS and each.callee is not None and "lifespan" in each.callee.accepts:
            app = next((one for one in apps(facts) if one.call is each.call), None)
            if app is not None:
                return app, app.file, each.line, each.name
    return None


def _missing(facts: Facts, failure: Failure) -> tuple[App, str, int, str] | None:
    missing = missing_attribute(facts, failure)
    if missing is None or missing.name not in REGISTERS or not missing.is_a(APPLICATION) or missing.held_by:
        return None
    app = app_of(facts, missing.frame.file, missing.node.value)
    return (app, missing.frame.file, missing.node.lineno, missing.name) if app is not None else None
