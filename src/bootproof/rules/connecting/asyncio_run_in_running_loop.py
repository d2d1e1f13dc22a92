"""`asyncio.run` is called while the event loop runs

## What happens
`RuntimeError`: `asyncio.run()` cannot be called from a running event loop. Typical is `command.upgrade` of
Alembic in a lifespan, with an asynchronous `env.py`.

## Why the server cannot start
A lifespan and every asynchronous route run inside the server's event loop. `asyncio.run` makes a loop of
its own, which it does not do beside a running one.

## How to recognise it
The standard library's `asyncio.run` raised the error, below an asynchronous function of the project.

## How it is fixed
Where the asynchronous function calls `asyncio.run(work())` itself, `work()` is awaited. Where it calls
something synchronous that runs a loop further down (`command.upgrade`), that call goes to a thread: `await
asyncio.to_thread(command.upgrade, …)`.

## Fix safety
Safe: the call is still finished before the next line.

## References
https://docs.python.org/3/library/asyncio-runner.html#asyncio.run,
https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, function_at, source
from bootproof.rules.connecting._importing import asyncio_as
from bootproof.rules.registry import finding

CODE = "BP622"
YIELDS_TO = ("BP704",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call of the innermost asynchronous function on the way."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if not failure.is_a("RuntimeError") or last is None or last.module not in ("asyncio.runners", "nest_asyncio"):
            continue
        for frame in reversed(failure.frames):
            if frame.own and isinstance(function_at(facts, frame.file, frame.line), ast.AsyncFunctionDef):
                yield from _at(frame, facts)
                return


def _at(frame: Frame, facts: Facts) -> Iterable[Finding]:
    function = function_at(facts, frame.file, frame.line)
    awaited = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Await)} if function else set()
    calls = [call for call in calls_at(facts, frame) if id(call) not in awaited and call.lineno <= frame.line]
    runs = next((call for call in calls if called(call) == "run" and len(call.args) == 1), None)
    call = runs or (calls[-1] if calls else None)  # the outermost: what the line does
    if call is None or function is None:
        return
    what = source(facts, frame.file, call.func)
    yield finding(
        __name__,
        f"{function.name}:{what}",
        file=frame.file,
        line=call.lineno,
        end_line=call.end_lineno,
        data={"call": call, "direct": runs is not None},
        cause=f"`{what}` runs an event loop inside the one that runs `{function.name}`",
        explanation="`asyncio.run` makes a loop of its own, which it does not do beside a running one.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The work awaited, or its call sent to a thread."""
    call = finding.data["call"]
    assert isinstance(call, ast.Call)
    file, text = finding.file, facts.text(finding.file) or b""
    start, end = facts.span(file, call)
    if finding.data["direct"]:
        new = f"await {source(facts, file, call.args[0])}"
        return Fix("await the work", Safety.SAFE, (edit(file, text, start, end, new),))
    asyncio, imports = asyncio_as(facts, file)
    inner = facts.span(file, call.func)
    bracket = text.index(b"(", inner[1])
    written = text[bracket + 1 : end - 1].decode("utf-8", "surrogateescape")
    new = f"await {asyncio}.to_thread({source(facts, file, call.func)}" + (
        f", {written.lstrip()}" if written.strip() else ""
    )
    return Fix("run it in a thread", Safety.SAFE, (*imports, edit(file, text, start, end, new + ")")))
