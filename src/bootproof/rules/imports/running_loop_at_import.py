"""Code that runs at import needs a running event loop

## What happens
A module schedules a task, or asks for the running loop, while it is imported: `asyncio.create_task(…)` or
`asyncio.get_running_loop()` at its top level, or a client that does so when it is built.

## Why the server cannot start
The application is imported before the server's loop runs. asyncio raises `RuntimeError`. Releases of uvicorn
that import the application inside their loop hid it; what the task raised was hidden as well.

## How to recognise it
While the application was imported, asyncio's own functions for tasks and loops raised `RuntimeError`, or the
own statement that raised calls one of them.

## How it is fixed
The statement of the module's top level runs in the application's lifespan, before all else of it. Where the
application has handlers of another kind, or the statement binds a name, there is no fix.

## Fix safety
Safe: it runs once, before the first request, as it was meant to.

## References
Python documentation, "Coroutines and Tasks", `asyncio.create_task`; "Event Loop", `asyncio.get_running_loop`;
FastAPI documentation, "Lifespan Events".
"""

import ast
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.imports._statements import raised_at
from bootproof.rules.lifespan import moved_to_start
from bootproof.rules.reading import covers, outside, statement_at
from bootproof.rules.registry import finding

CODE = "BP210"
_ASKING = frozenset({"asyncio.tasks", "asyncio.events", "asyncio.timeouts", "asyncio.mixins"})
_CALLS = frozenset({"get_running_loop", "get_event_loop", "create_task", "ensure_future", "current_task", "all_tasks"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The statement of a module's top level on the way to a loop that does not run."""
    if symptom.stage is not Stage.IMPORT:
        return
    for failure in symptom.failures:
        if not failure.is_a("RuntimeError") or not _asks_for_a_loop(failure, facts):
            continue
        own = [each for each in failure.frames if each.own and each.function == "<module>"]
        tree = facts.syntax(own[-1].file) if own else None
        statement = statement_at(tree, own[-1].line) if tree is not None else None
        if statement is None:
            continue
        inner = failure.own_frame
        yield finding(
            __name__,
            ast.unparse(statement)[:80],
            file=own[-1].file,
            line=statement.lineno,
            end_line=statement.end_lineno,
            cause=f"`{own[-1].file}` needs a running event loop while it is imported, and none runs then",
            explanation="The server imports the application first and runs its loop afterwards.",
            related=(Location(inner.file, inner.line, note="asks for the loop"),)
            if inner is not None and not covers(statement, inner.line)
            else (),
            data={"statement": statement},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Moves the statement into the lifespan."""
    statement, target, text = finding.data["statement"], facts.project.target, facts.text(finding.file)
    if not isinstance(statement, ast.Expr) or target is None or text is None:
        return None
    start, end = facts.span(finding.file, statement)
    edits = moved_to_start(facts, target, finding.file, statement, text[start:end].decode("utf-8", "surrogateescape"))
    return None if edits is None else Fix("run it in the application's lifespan", Safety.SAFE, tuple(edits))


def _asks_for_a_loop(failure: Failure, facts: Facts) -> bool:
    frames = raised_at(failure)
    if not frames:
        return False
    last = frames[-1]
    if not last.own:
        return last.module in _ASKING
    # these are functions of C: they leave no frame
    tree = facts.syntax(last.file)
    return any(
        isinstance(node, ast.Call)
        and covers(node, last.line)
        and outside(facts, last.file, node.func).partition(".")[0] == "asyncio"
        and outside(facts, last.file, node.func).rpartition(".")[2] in _CALLS
        for node in (ast.walk(tree) if tree is not None else ())
    )
