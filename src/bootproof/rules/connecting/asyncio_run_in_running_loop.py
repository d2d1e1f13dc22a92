"""`asyncio.run` is called while the event loop runs

## What happens
`RuntimeError`: `asyncio.run()` cannot be called from a running event loop. Typical is `command.upgrade` of
Alembic in a lifespan, with an asynchronous `env.py`.

## Why the server cannot start
A lifespan and every asynchronous route run inside the server's event loop, and so does the import of the
application with releases of uvicorn that load it there. `asyncio.run` makes a loop of its own, which it does
not do beside a running one.

## How to recognise it
The standard library's `asyncio.run` raised the error, below an asynchronous function of the project, or
below a statement of a module that the server was importing.

## How it is fixed
Where the asynchronous function calls `asyncio.run(work())` itself, `work()` is awaited. Where it calls
something synchronous that runs a loop further down (`command.upgrade`), that call goes to a thread: `await
asyncio.to_thread(command.upgrade, …)`. What stands at module level goes into the application's lifespan.

## Fix safety
Safe: the call is still finished before the next line.

## References
https://docs.python.org/3/library/asyncio-runner.html#asyncio.run,
https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting._code import called, calls_at, function_at, source
from bootproof.rules.connecting._importing import asyncio_as
from bootproof.rules.lifespan import moved_to_start
from bootproof.rules.reading import own_frames, statement_at
from bootproof.rules.registry import finding

CODE = "BP622"
YIELDS_TO = ("BP704",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call of the innermost asynchronous function on the way, or of the module that is imported."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if not failure.is_a("RuntimeError") or last is None or last.module not in ("asyncio.runners", "nest_asyncio"):
            continue
        own = own_frames(failure)
        frame = next((each for each in own if _is_asynchronous(facts, each)), None) or next(
            (each for each in reversed(own) if symptom.stage is Stage.IMPORT and _stands_at_top(facts, each)), None
        )
        if frame is not None:
            yield from _at(frame, facts)
            return


def _is_asynchronous(facts: Facts, frame: Frame) -> bool:
    return isinstance(function_at(facts, frame.file, frame.line), ast.AsyncFunctionDef)


def _stands_at_top(facts: Facts, frame: Frame) -> bool:
    """Whether the frame runs a statement of a module that imports nothing: where the import did something."""
    tree = facts.syntax(frame.file)
    statement = statement_at(tree, frame.line) if tree is not None else None
    return frame.function == "<module>" and not isinstance(statement, ast.Import | ast.ImportFrom)


def _at(frame: Frame, facts: Facts) -> Iterable[Finding]:
    function = function_at(facts, frame.file, frame.line)
    awaited = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Await)} if function else set()
    calls = [call for call in calls_at(facts, frame) if id(call) not in awaited and call.lineno <= frame.line]
    runs = next((call for call in calls if called(call) == "run" and len(call.args) == 1), None)
    call = runs or (calls[-1] if calls else None)  # the outermost: what the line does
    if call is None:
        return
    what = source(facts, frame.file, call.func)
    where = f"the one that runs `{function.name}`" if function is not None else "the one in which the server imports this"
    yield finding(
        __name__,
        f"{function.name if function is not None else 'module'}:{what}",
        file=frame.file,
        line=call.lineno,
        end_line=call.end_lineno,
        data={"call": call, "direct": runs is not None},
        cause=f"`{what}` runs an event loop inside {where}",
        explanation="`asyncio.run` makes a loop of its own, which it does not do beside a running one.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The work awaited, or its call sent to a thread."""
    call = finding.data["call"]
    assert isinstance(call, ast.Call)
    file, text = finding.file, facts.text(finding.file) or b""
    start, end = facts.span(file, call)
    new, title = f"await {source(facts, file, call.args[0])}" if call.args else "", "await the work"
    imports: tuple[AnyEdit, ...] = ()
    if not finding.data["direct"]:
        asyncio, imports = asyncio_as(facts, file)
        bracket = text.index(b"(", facts.span(file, call.func)[1])
        written = text[bracket + 1 : end - 1].decode("utf-8", "surrogateescape")
        more = f", {written.lstrip()}" if written.strip() else ""
        new, title = f"await {asyncio}.to_thread({source(facts, file, call.func)}{more})", "run it in a thread"
    if function_at(facts, file, call.lineno) is not None:
        return Fix(title, Safety.SAFE, (*imports, edit(file, text, start, end, new)))
    tree, target = facts.syntax(file), facts.project.target
    statement = statement_at(tree, call.lineno) if tree is not None else None
    if not isinstance(statement, ast.Expr) or statement.value is not call or target is None:
        return None
    moved = moved_to_start(facts, target, file, statement, new)
    return Fix(f"{title}, in the lifespan", Safety.SAFE, (*imports, *moved)) if moved is not None else None
