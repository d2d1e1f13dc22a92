"""Tasks that run side by side share one asynchronous session

## What happens
`IllegalStateChangeError`, `InvalidRequestError` or the driver's `another operation is in progress`.

## Why the server cannot start
The server starts; the request answers 500. A session talks over one connection, which answers one query at a
time. `asyncio.gather` begins all its coroutines before the first has its answer.

## How to recognise it
SQLAlchemy or a driver raised, and a function on the way, or the endpoint itself, hands one session to several
coroutines of one `asyncio.gather`.

## How it is fixed
The coroutines are awaited one after the other.

## Fix safety
Unsafe: they take the sum of their times. A session of its own for each, out of the factory, is the other way.

## References
https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import replace_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import function_at, parents, source
from bootproof.rules.reading import Function, outside
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import handler_of

CODE = "BP819"
# What SQLAlchemy and drivers raise of a session or connection that is busy; a query that fails has an SQLSTATE
BUSY = ("sqlalchemy.exc.InvalidRequestError", "sqlalchemy.exc.InterfaceError", "InterfaceError", "OperationalError")


@dataclass(frozen=True)
class Shared:
    """One `asyncio.gather` whose coroutines are given the same name, with the `await` around it."""

    file: str
    call: ast.Call
    wait: ast.Await | None
    name: str


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that begins them side by side."""
    if not any(each.is_a(*BUSY) for each in symptom.failures) or any("sqlstate" in each.facts for each in symptom.failures):
        return
    route = handler_of(symptom, facts)
    places = [route] if route is not None else []
    for failure in symptom.failures:
        for frame in failure.frames:
            function = function_at(facts, frame.file, frame.line) if frame.own else None
            if function is not None and (frame.file, function) not in places:
                places.append((frame.file, function))
    for file, function in places:
        for shared in _shared(facts, file, function):
            yield finding(
                __name__,
                f"{function.name}:{shared.name}",
                file=file,
                line=shared.call.lineno,
                end_line=shared.call.end_lineno,
                data={"shared": shared},
                cause=f"coroutines that run side by side share the session `{shared.name}`",
                explanation="A session has one connection, and a connection answers one query at a time.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """One after the other."""
    shared = finding.data["shared"]
    assert isinstance(shared, Shared)
    if shared.wait is None or shared.call.keywords:
        return None
    text, given = facts.text(shared.file) or b"", shared.call.args
    if len(given) == 1 and isinstance(given[0], ast.Starred) and isinstance(given[0].value, ast.ListComp | ast.GeneratorExp):
        inner = given[0].value
        loops = source(facts, shared.file, inner)[1:-1].removeprefix(source(facts, shared.file, inner.elt))
        new = f"[await {source(facts, shared.file, inner.elt)}{loops}]"
        return _fix(replace_node(shared.file, text, shared.wait, new))
    if any(isinstance(each, ast.Starred) for each in given):
        return None
    listed = ", ".join(f"await {source(facts, shared.file, each)}" for each in given)
    return _fix(replace_node(shared.file, text, shared.wait, f"[{listed}]"))


def _fix(change: Edit) -> Fix:
    return Fix(
        "await them one after the other",
        Safety.UNSAFE,
        (change,),
        loses="that they run side by side, which one session never allowed",
        rivals=(Rival("a session of its own for each coroutine, out of the factory"),),
    )


def _shared(facts: Facts, file: str, function: Function) -> Iterator[Shared]:
    above = parents(function)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or outside(facts, file, node.func) not in ("asyncio.gather", "asyncio.tasks.gather"):
            continue
        several: list[set[str]] = [_names(each) for each in node.args]
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
            several *= 2  # one coroutine for each of many
        common = set.intersection(*several) if len(several) > 1 else set()
        sessions = sorted(common & _sessions(function))
        if sessions:
            wait = above.get(node)
            yield Shared(file, node, wait if isinstance(wait, ast.Await) else None, sessions[0])


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _sessions(function: Function) -> set[str]:
    """The names in a function that are sessions: so annotated, entered, or asked what a session is asked."""
    found = set()
    for argument in (*function.args.args, *function.args.kwonlyargs):
        said = ast.unparse(argument.annotation) if argument.annotation is not None else ""
        if "Session" in said or "session" in argument.arg or argument.arg in ("db", "conn", "connection"):
            found.add(argument.arg)
    for node in ast.walk(function):
        if isinstance(node, ast.AsyncWith):
            found |= {each.optional_vars.id for each in node.items if isinstance(each.optional_vars, ast.Name)}
    return found
