"""A cancelled task is awaited, and its `CancelledError` breaks the shutdown

## What happens
The shutdown ends with `asyncio.CancelledError`; what comes behind it in the lifespan is not done.

## Why the server cannot start
It starts. `await` of a cancelled task raises the very error that cancelled it. Nobody has cancelled the
lifespan, but to the server it looks so: it gives up the shutdown, and pools, files and clients stay open.

## How to recognise it
The shutdown raised `CancelledError` at the project's own `await`, in a function that cancels a task itself.

## How it is fixed
The `await` goes into `with contextlib.suppress(asyncio.CancelledError):`.

## Fix safety
Safe: the task is waited for as before, and the shutdown goes on.

## References
https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancel
"""

import ast
from collections.abc import Iterable

from bootproof.edits.blocks import put_in_block
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting._code import function_at, nodes_at, statement_at
from bootproof.rules.connecting._importing import asyncio_as, known_as
from bootproof.rules.reading import own_frames
from bootproof.rules.registry import finding

CODE = "BP902"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `await` of what was cancelled."""
    cancelled = [each for each in symptom.failures if each.is_a("asyncio.exceptions.CancelledError")]
    for frame in own_frames(cancelled[0]) if cancelled and symptom.stage is Stage.SHUTDOWN else ():
        function = function_at(facts, frame.file, frame.line)
        if function is None or not any(isinstance(node, ast.Await) for node in nodes_at(facts, frame)):
            continue
        cancels = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "cancel"
            and node.lineno <= frame.line
        ]
        statement = statement_at(function.body, frame.line)
        if not cancels or statement is None:
            continue
        yield finding(
            __name__,
            f"{function.name}:{ast.unparse(statement)[:60]}",
            file=frame.file,
            line=statement.lineno,
            end_line=statement.end_lineno,
            data={"statement": statement},
            cause="a task is awaited that was cancelled, and its `CancelledError` ends the shutdown",
            explanation="What comes behind it in the shutdown is not done.",
            related=(Location(frame.file, cancels[-1].lineno, note="cancelled here"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The error suppressed."""
    statement, file = finding.data["statement"], finding.file
    if not isinstance(statement, ast.Expr):
        return None
    suppress, imports = known_as(facts, file, "contextlib", "suppress")
    module, more = asyncio_as(facts, file)
    head = f"with {suppress}({module}.CancelledError):"
    edits = put_in_block(file, facts.text(file) or b"", [statement], head)
    return Fix("wait for the task and suppress its `CancelledError`", Safety.SAFE, (*imports, *more, *edits))
