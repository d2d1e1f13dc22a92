"""The thread of the event loop waits for work that it is to do itself

## What happens
`asyncio.run_coroutine_threadsafe(…).result()` hands a coroutine to a loop and waits for it. It is called in the
loop's own thread, so the loop cannot go on: it waits for ever, or until its time limit, `TimeoutError`.

## Why the server cannot start
The call stands at a module's top level or in a function that the import calls. The loop does not run yet, or it
is this very thread that is to run it.

## How to recognise it
The project's own code waits in `concurrent.futures` for what `run_coroutine_threadsafe` gave, while the
application is imported or started: it raised `TimeoutError` there, or stood there when the time was up.

## How it is fixed
There is no automatic fix: the work belongs in the lifespan, where it can be awaited, and what the import needed
of it has to come later.

## Fix safety
Nothing is changed.

## References
https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe
"""

import ast
from collections.abc import Iterable, Sequence

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import dotted_name, function_at
from bootproof.rules.registry import finding

CODE = "BP712"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The own frame that waits."""
    raised = [failure.frames for failure in symptom.chain if failure.is_a("TimeoutError")]
    for frames in (*raised, *symptom.standing):
        own = next((each for each in reversed(frames) if each.own), None)
        if own is None or not _waits(frames) or not _hands_over(own, facts):
            continue
        outer = [each for each in frames if each.own and each != own]
        yield finding(
            __name__,
            own.function,
            file=own.file,
            line=own.line,
            cause=f"`{own.function}` waits for the event loop in the thread that is to run it",
            explanation="`run_coroutine_threadsafe` is for another thread than the loop's: here nobody runs the loop.",
            related=(Location(outer[-1].file, outer[-1].line, note="calls it"),) if outer else (),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What a person can do."""
    rivals = (
        Rival("await it in the lifespan", "there the loop runs"),
        Rival("run it with `asyncio.run` before the application is made", "only where nothing of it is kept for later"),
    )
    return Fix("do this work in the lifespan", Safety.PLACEHOLDER, rivals=rivals)


def _waits(frames: Sequence[Frame]) -> bool:
    return any(each.module == "concurrent.futures._base" and each.function == "result" for each in frames[-3:])


def _hands_over(frame: Frame, facts: Facts) -> bool:
    """Whether the function of a frame (or the module) hands a coroutine to a loop."""
    tree = facts.syntax(frame.file)
    inside = (function_at(tree, frame.line) or tree) if tree is not None else None
    return inside is not None and any(
        isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] == "run_coroutine_threadsafe"
        for node in ast.walk(inside)
    )
