"""The start waits for something that never ends

## What happens
The server says that it waits for the application's startup, and nothing more.

## Why the server cannot start
What stands before `yield` in a lifespan is waited for before the first request. A worker or a consumer, which
runs as long as the server does, is never done.

## How to recognise it
The start did not come up within the time limit, and when it was over the lifespan stood at a line of its own
before `yield`. A loop without an end, in which an own function stood, makes it certain that it would never
have gone on.

## How it is fixed
The coroutine is started beside the server with `asyncio.create_task`, and cancelled behind `yield`.

## Fix safety
Safe where the project's own endless loop was seen. Unsafe where what was waited for might have ended later:
the server then no longer waits for it.

## References
https://fastapi.tiangolo.com/advanced/events/#lifespan,
https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

import ast
from collections.abc import Iterable, Iterator, Sequence

from bootproof.edits.making import edit
from bootproof.edits.python import insert_statement_after
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Outcome, Safety, Stage
from bootproof.rules.connecting._code import called, function_at, label, source
from bootproof.rules.connecting._importing import asyncio_as
from bootproof.rules.kinds import gives
from bootproof.rules.reading import covers, meaning, outside, statement_at
from bootproof.rules.registry import finding

CODE = "BP607"
LEAVES = (ast.Break, ast.Return, ast.Raise, ast.Yield)  # what can end a loop from inside


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The line of the start that waits."""
    if symptom.outcome is not Outcome.TIMED_OUT or symptom.stage is not Stage.STARTUP:
        return
    for stack in symptom.standing:
        own = [each for each in stack if each.own]
        tree = facts.syntax(own[0].file)
        statement = statement_at(tree, own[0].line) if tree is not None else None
        if statement is None:
            continue
        endless = any(_loops_for_ever(facts, each) for each in own)
        value = statement.value if isinstance(statement, ast.Expr) else None
        awaited = value.value if isinstance(value, ast.Await) else value
        what = source(facts, own[0].file, awaited.func) if isinstance(awaited, ast.Call) else "a loop"
        shown = f"`{what}`" if what != "a loop" else what
        yield finding(
            __name__,
            f"{label(facts, own[0].file, own[0].line)}:{what}",
            file=own[0].file,
            line=statement.lineno,
            data={"statement": statement, "endless": endless},
            cause=f"the start waits for {shown}, which "
            + ("never ends" if endless else "had not ended when the time was up"),
            explanation="What stands before `yield` is waited for before the first request.",
            related=_below(own),
        )
        return


def _below(own: Sequence[Frame]) -> tuple[Location, ...]:
    return tuple(Location(each.file, each.line, note=f"`{each.function}` stood here") for each in own[1:])


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The coroutine beside the server, cancelled at its end."""
    statement, file = finding.data["statement"], finding.file
    function = function_at(facts, file, finding.line)
    value = statement.value if isinstance(statement, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else None
    if not isinstance(value, ast.Await) or not isinstance(call, ast.Call) or function is None:
        return None
    point = next(
        (each for each in ast.walk(function) if isinstance(each, ast.Expr) and isinstance(each.value, ast.Yield)), None
    )
    if point is None or point.lineno < value.lineno or not _is_coroutine(facts, file, call):
        return None
    asyncio, imports = asyncio_as(facts, file)
    text, (start, end) = facts.text(file) or b"", facts.span(file, value)
    task = f"{called(call).strip('_')}_task"
    new = f"{task} = {asyncio}.create_task({source(facts, file, call)})"
    edits = (*imports, edit(file, text, start, end, new), insert_statement_after(file, text, point, f"{task}.cancel()"))
    if finding.data["endless"]:
        return Fix("run it beside the server", Safety.SAFE, edits)
    loses = f"that the server waits for `{called(call)}`, which may end when given more time"
    return Fix("run it beside the server", Safety.UNSAFE, edits, loses=loses)


def _is_coroutine(facts: Facts, file: str, call: ast.Call) -> bool:
    found = meaning(facts, file, call.func)
    if found is not None and found.node is not None:
        return isinstance(found.node, ast.AsyncFunctionDef) and not found.node.decorator_list
    path = outside(facts, file, call.func)
    given = gives(facts, path) if path else None
    return given is not None and given.how == "await"


def _loops_for_ever(facts: Facts, frame: Frame) -> bool:
    """Whether the frame stands in a `while` whose condition is a true constant and that nothing leaves."""
    function = function_at(facts, frame.file, frame.line)
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.While) and covers(node, frame.line):
            always = isinstance(node.test, ast.Constant) and bool(node.test.value)
            if always and not any(isinstance(each, LEAVES) for each in _but_cancelled(node)):
                return True
    return False


def _but_cancelled(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one, but for what handles the end of the task."""
    for child in ast.iter_child_nodes(node):
        handled = child.type if isinstance(child, ast.ExceptHandler) else None
        if handled is None or "CancelledError" not in ast.unparse(handled):
            yield child
            yield from _but_cancelled(child)
