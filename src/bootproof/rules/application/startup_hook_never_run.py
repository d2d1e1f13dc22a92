"""A function is registered for the start, and nothing runs it

## What happens
The server starts. A request that needs what the function was to set fails: `KeyError`, `AttributeError` of
`app.state`, or a global that is still `None`.

## Why the server cannot start
An application with a `lifespan` runs that alone: handlers of `on_event` and `on_startup` are registered, and
never called. The lifespan of a mounted application is not run either: the server speaks to the outer one.
FastAPI 0.128.3 to 0.128.5 forgot `on_startup=` as well.

## How to recognise it
The project's own line looked for a key, an attribute of the state or a global that such a function sets.

## How it is fixed
The lifespan runs the function before its `yield`. The outer application's lifespan enters the mounted one's.

## Fix safety
Safe: what was written for the start runs at the start.

## References
https://fastapi.tiangolo.com/advanced/events/, https://www.starlette.io/lifespan/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.edits.source import indentation
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.application._apps import App
from bootproof.rules.application._hooks import hooks, into_lifespan, made_new
from bootproof.rules.application._lifespans import faults, lifespan_of
from bootproof.rules.application._never_run import NeverRun, never_run, reads, stores
from bootproof.rules.connecting._code import source
from bootproof.rules.registry import finding

CODE = "BP411"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The function that would have set what the failing request looked for."""
    if symptom.stage not in (Stage.READY, Stage.REQUESTS):
        return
    for failure in symptom.failures:
        wanted = reads(facts, failure)
        for each in never_run(facts) if wanted else ():
            if wanted & stores(facts, each.file, each.function):
                frame = failure.own_frame
                assert frame is not None  # what was read was read there
                reader = Location(frame.file, frame.line, note="looks for what it would have set")
                yield _finding(each, related=(reader,))
                return


def scan(facts: Facts) -> Iterable[Finding]:
    """Such functions as the source tells them: advice, unless a request fails of it."""
    for each in never_run(facts):
        yield _finding(each, advice_only=True)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The lifespan that runs it."""
    each = finding.data["never_run"]
    if not isinstance(each, NeverRun):
        return None
    if each.mounted is not None:
        parent, _call, given = each.mounted
        named = source(facts, parent.file, given)
        edits = _entering(facts, parent, f"async with {named}.router.lifespan_context({named})")
        title = f"enter the lifespan of `{named}` in that of `{parent.name or 'the outer application'}`"
    else:
        registered = hooks(facts, each.app)
        edits = into_lifespan(facts, each.app, registered)
        title = f"run {', '.join(f'`{one.name}`' for one in registered)} in the lifespan"
    return Fix(title, Safety.SAFE, tuple(edits)) if edits else None


def _finding(each: NeverRun, *, related: tuple[Location, ...] = (), advice_only: bool = False) -> Finding:
    name = each.function.name
    if each.mounted is not None:
        why, line, file = "its application is mounted in another one", each.mounted[1].lineno, each.mounted[0].file
        related = (*related, Location(each.file, each.line, note="its lifespan"))
    elif each.app.given("lifespan") is not None:
        why, line, file = "an application with a `lifespan` runs that alone", each.line, each.hook.file if each.hook else ""
        related = (*related, Location(each.app.file, each.app.call.lineno, note="the application"))
    else:
        why, line, file = "the installed FastAPI forgets what it is given by keyword", each.line, each.app.file
    return finding(
        __name__,
        f"{each.app.name or 'app'}.{name}" if each.mounted else (each.app.name or "app"),
        file=file,
        line=line,
        cause=f"`{name}` is registered for the start and never run: {why}",
        related=related,
        advice_only=advice_only,
        data={"never_run": each},
    )


def _entering(facts: Facts, parent: App, around: str) -> list[AnyEdit] | None:
    """The edits that make the outer application's lifespan rest inside a `with`."""
    if parent.given("lifespan") is None:
        return made_new(facts, parent, {"startup": [], "shutdown": []}, around=around)
    lifespan = lifespan_of(facts, parent)
    rest = lifespan.resting if lifespan is not None else None
    if lifespan is None or not isinstance(rest, ast.Expr) or lifespan.file != parent.file or faults(facts, lifespan):
        return None
    text = facts.text(parent.file) or b""
    blanks = indentation(text, facts.span(parent.file, rest)[0])
    return [replace_node(parent.file, text, rest, f"{around}:\n{blanks}    {source(facts, parent.file, rest)}")]
