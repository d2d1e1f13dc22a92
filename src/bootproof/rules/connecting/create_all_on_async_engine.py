"""`create_all` is given an asynchronous engine or connection

## What happens
`Base.metadata.create_all(bind=engine)` raises `AttributeError`: the asynchronous engine has not what the
synchronous one has.

## Why the server cannot start
`create_all` is synchronous and talks to synchronous connections. An asynchronous connection runs it with
`run_sync`.

## How to recognise it
SQLAlchemy asked an `AsyncEngine` or `AsyncConnection` for an attribute, below the project's own call of
`create_all` or `drop_all`.

## How it is fixed
In an asynchronous function the call becomes `await connection.run_sync(Base.metadata.create_all)`, for an
engine inside `async with engine.begin()`. Anywhere else a person must decide where it is to run.

## Fix safety
Safe: the same tables are created at the same moment.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html, "Synopsis - Core"
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.edits.source import indentation
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, function_at, last_own, source, statement_at
from bootproof.rules.registry import finding

CODE = "BP612"
METHODS = frozenset({"create_all", "drop_all"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that was given the asynchronous engine."""
    for failure, frame in last_own(symptom):
        kind = str(failure.facts.get("obj_type", ""))
        if not failure.is_a("AttributeError") or kind.rpartition(".")[2] not in (
            "AsyncEngine",
            "AsyncConnection",
        ):
            continue
        for call in calls_at(facts, frame):
            if called(call) in METHODS and isinstance(call.func, ast.Attribute):
                what = source(facts, frame.file, call.func)
                yield finding(
                    __name__,
                    what,
                    file=frame.file,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    data={"call": call, "engine": kind.endswith("AsyncEngine")},
                    cause=f"`{what}` is synchronous and is given an `{kind.rpartition('.')[2]}`",
                    explanation="An asynchronous connection runs it with `run_sync`.",
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`run_sync` on a connection, where the call is a statement of an asynchronous function."""
    call = finding.data["call"]
    assert isinstance(call, ast.Call)
    function = function_at(facts, finding.file, call.lineno)
    tree, text = facts.syntax(finding.file), facts.text(finding.file) or b""
    if not isinstance(function, ast.AsyncFunctionDef) or tree is None:
        return None
    statement = statement_at(tree.body, call.lineno)
    if not isinstance(statement, ast.Expr) or statement.value is not call:
        return None
    bind = next((each.value for each in call.keywords if each.arg == "bind"), call.args[0] if call.args else None)
    if bind is None:
        return None
    on, what = source(facts, finding.file, bind), source(facts, finding.file, call.func)
    more = "".join(
        f", {source(facts, finding.file, each)}"
        for each in (*call.args[1:], *[key for key in call.keywords if key.arg != "bind"])
    )
    if not finding.data["engine"]:
        new = f"await {on}.run_sync({what}{more})"
    else:
        inner = indentation(text, facts.span(finding.file, statement)[0])
        new = f"async with {on}.begin() as connection:\n{inner}    await connection.run_sync({what}{more})"
    return Fix(
        "run it on an asynchronous connection with `run_sync`",
        Safety.SAFE,
        (replace_node(finding.file, text, statement, new),),
    )
