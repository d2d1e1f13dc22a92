"""`create_all` does not reach the synchronous connection that it needs

## What happens
`Base.metadata.create_all(bind=engine)` raises `AttributeError`: an asynchronous engine or connection has not
what the synchronous one has. `run_sync(Base.metadata.create_all())` calls it too early,
`run_sync(Base.metadata.create_all, engine)` gives it one argument too many, and `Base.create_all` is none.

## Why the server cannot start
`create_all` is synchronous and talks to synchronous connections. An asynchronous connection runs it with
`run_sync`, which passes that connection by itself.

## How to recognise it
Below the project's own call of `create_all` or `drop_all` an `AsyncEngine` or `AsyncConnection` was asked for
an attribute; or the line holds one of the other three forms and failed with their error.

## How it is fixed
The call becomes `await connection.run_sync(Base.metadata.create_all)`, for an engine inside `async with
engine.begin()`. A plain function around it becomes asynchronous, and its caller awaits it. What stands at
module level goes into the application's lifespan: an asynchronous engine needs the server's event loop.

## Fix safety
Safe: the same tables are created before the first request.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html, "Synopsis - Core"
"""

from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import last_own, source
from bootproof.rules.connecting._create_all import METHODS, Use, awaiting, uses_at
from bootproof.rules.kinds import given_by, seen_names
from bootproof.rules.reading import own_frames
from bootproof.rules.registry import finding

CODE = "BP612"
ASYNCHRONOUS = ("AsyncEngine", "AsyncConnection")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The use of `create_all` that cannot work."""
    for failure, frame in last_own(symptom):
        if not failure.is_a("AttributeError", "TypeError"):
            continue
        for use in uses_at(facts, frame):
            cause, engine = _cause(failure, frame, use, facts)
            if cause:
                yield finding(
                    __name__,
                    source(facts, frame.file, use.method),
                    file=frame.file,
                    line=use.whole.lineno,
                    end_line=use.whole.end_lineno,
                    data={"use": use, "engine": engine, "frames": own_frames(failure)},
                    cause=cause,
                    explanation="An asynchronous connection runs it with `run_sync`, and passes itself.",
                )
                return


def _cause(failure: Failure, frame: Frame, use: Use, facts: Facts) -> tuple[str, bool]:
    """What is wrong with the use, "" where this failure does not come from it; and whether it is given an engine."""
    what = source(facts, frame.file, use.method)
    kind = str(failure.facts.get("obj_type", "")).rpartition(".")[2]
    innermost = failure.frames[-1] is frame
    if failure.is_a("AttributeError"):
        if kind in ASYNCHRONOUS and not innermost:
            return f"`{what}` is synchronous and is given an `{kind}`", kind == "AsyncEngine"
        if innermost and failure.facts.get("name", use.method.attr) in METHODS and not use.on_metadata:
            engine = _given(use, failure, facts) == "AsyncEngine"
            return f"`{what}` is no method: `{use.method.attr}` belongs to the metadata", engine
        return "", False
    if use.runs is None:
        return "", False
    if use.passed is not None and innermost:
        return f"`{what}` is called before `run_sync` can pass it the connection", False
    if _given(use, failure, facts) in ASYNCHRONOUS:
        return f"`run_sync` passes `{what}` the connection by itself, and it is given another", False
    return "", False


def _given(use: Use, failure: Failure, facts: Facts) -> str:
    """The type of what is given as the connection, "" where there is none or it is not known."""
    for each in (use.bind, *use.extra):
        given = given_by(facts, use.file, each, seen_names(failure.facts)) if each is not None else None
        if given is not None:
            return given.type.rpartition(".")[2]
    return ""


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`run_sync` on a connection, awaited where the server's event loop runs."""
    use, frames, file = finding.data["use"], finding.data["frames"], finding.file
    assert isinstance(use, Use) and isinstance(frames, tuple)
    title = "run it on an asynchronous connection with `run_sync`"
    if use.runs is not None:
        text = facts.text(file) or b""
        new = f"{source(facts, file, use.runs.func)}({use.said(facts)})"
        return Fix(title, Safety.SAFE, (replace_node(file, text, use.runs, new),))
    if use.bind is None:
        return None
    if not use.on_metadata and not finding.data["engine"]:
        end = facts.span(file, use.method.value)[1]
        return Fix("ask the metadata", Safety.SAFE, (edit(file, facts.text(file) or b"", end, end, ".metadata"),))
    on = source(facts, file, use.bind)
    if finding.data["engine"]:
        code = f"async with {on}.begin() as connection:\n    await connection.run_sync({use.said(facts)})"
    else:
        code = f"await {on}.run_sync({use.said(facts)})"
    edits = awaiting(facts, frames, use.whole, code)
    return Fix(title, Safety.SAFE, tuple(edits)) if edits is not None else None
