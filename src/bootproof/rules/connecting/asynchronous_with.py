"""A synchronous object is entered with `async with` instead of `with`

## What happens
`async with engine.begin() as connection:` raises `TypeError`: the object does not support the asynchronous
context manager protocol (`AttributeError: __aenter__` before Python 3.11).

## Why the server cannot start
`create_engine`, `Session` and `@contextmanager` make objects that are entered and left at once. `async with`
asks them for coroutines that they do not have.

## How to recognise it
The interpreter refused to enter an object at the project's own last frame, an `async with` statement, and
what the statement enters is a synchronous context manager: a declaration in the installed code says so, or
the function or class is own and made one.

## How it is fixed
`async with` becomes `with`. Where the block awaits something of the entered object the object is the wrong one:
`create_async_engine` or `async_sessionmaker` was meant, and a person must decide.

## Fix safety
Safe: it is what the block says, and as written it can only raise. What waits for the database then holds up the event
loop while it waits, as it does wherever the project uses a synchronous engine.

## References
https://docs.python.org/3/reference/compound_stmts.html#async-with,
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._entering import only, refused
from bootproof.rules.kinds import Names
from bootproof.rules.reading import dotted_name
from bootproof.rules.registry import finding

CODE = "BP670"
YIELDS_TO = ("BP805",)  # a factory of the other kind: what it makes is then entered as it stands


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `async with` that entered a synchronous object."""
    for each in refused(symptom, facts, "async with", _synchronous):
        yield finding(
            __name__,
            each.key,
            file=each.file,
            line=each.node.lineno,
            data={"with": each.node, "names": each.names},
            cause=f"`{each.what}` is synchronous, and `async with` enters it as if it were not",
            explanation="Its block awaits what it gives: an asynchronous engine or session was meant."
            if _awaits(each.node)
            else "`with` enters it.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`with`, where nothing in the block awaits what was entered."""
    node, names = finding.data["with"], finding.data["names"]
    assert isinstance(node, ast.AsyncWith) and isinstance(names, dict)
    file, text = finding.file, facts.text(finding.file) or b""
    if _awaits(node) or not all(_synchronous(facts, file, each.context_expr, names) for each in node.items):
        return None
    start = facts.span(file, node)[0]
    gap = text.index(b"with", start)
    return Fix("enter it with `with`", Safety.SAFE, (edit(file, text, start, gap, ""),))


def _synchronous(facts: Facts, file: str, node: ast.expr, names: Names) -> bool:
    """Whether an expression gives what `with` enters and `async with` does not."""
    return only("with", lambda each: dotted_name(each).rpartition(".")[2] == "contextmanager", facts, file, node, names)


def _awaits(node: ast.With | ast.AsyncWith) -> bool:
    """Whether the block awaits, enters or walks through something of what it enters."""
    bound = {each.optional_vars.id for each in node.items if isinstance(each.optional_vars, ast.Name)}
    waiting = [
        each.value if isinstance(each, ast.Await) else each.iter if isinstance(each, ast.AsyncFor) else each.items[0].context_expr
        for inner in node.body
        for each in ast.walk(inner)
        if isinstance(each, ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    return any(isinstance(each, ast.Name) and each.id in bound for one in waiting for each in ast.walk(one))
