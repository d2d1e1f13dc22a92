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
from bootproof.rules.connecting._code import label, nodes_at, own_innermost, source
from bootproof.rules.kinds import Names, given_by, seen_names, speaks
from bootproof.rules.reading import Function, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP670"
YIELDS_TO = ("BP805",)  # a factory of the other kind: what it makes is then entered as it stands


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `async with` that entered a synchronous object."""
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if frame is None or failure.facts.get("protocol") != "async with":
            continue
        names = seen_names(failure.facts)
        for node in nodes_at(facts, frame):
            if not isinstance(node, ast.AsyncWith) or node.items[0].context_expr.lineno > frame.line:
                continue
            item = next((each for each in node.items if _synchronous(facts, frame.file, each.context_expr, names)), None)
            if item is None:
                continue
            what = source(facts, frame.file, item.context_expr)
            yield finding(
                __name__,
                f"{label(facts, frame.file, frame.line)}:{ast.unparse(item.context_expr)}",
                file=frame.file,
                line=node.lineno,
                data={"with": node, "names": names},
                cause=f"`{what}` is synchronous, and `async with` enters it as if it were not",
                explanation="Its block awaits what it gives: an asynchronous engine or session was meant."
                if _awaits(node)
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
    found = meaning(facts, file, node.func) if isinstance(node, ast.Call) else None
    if found is not None and isinstance(found.node, Function):
        return any(dotted_name(each).rpartition(".")[2] == "contextmanager" for each in found.node.decorator_list)
    if found is not None and isinstance(found.node, ast.ClassDef):
        methods = {each.name for each in found.node.body if isinstance(each, Function)}
        return "__enter__" in methods and "__aenter__" not in methods
    given = given_by(facts, file, node, names)
    if given is None or given.how in ("async with", "await"):
        return False
    return given.how == "with" or (speaks(facts, given.type, "with") and not speaks(facts, given.type, "async with"))


def _awaits(node: ast.AsyncWith) -> bool:
    """Whether the block awaits, enters or walks through something of what it enters."""
    bound = {each.optional_vars.id for each in node.items if isinstance(each.optional_vars, ast.Name)}
    waiting = [
        each.value if isinstance(each, ast.Await) else each.iter if isinstance(each, ast.AsyncFor) else each.items[0].context_expr
        for inner in node.body
        for each in ast.walk(inner)
        if isinstance(each, ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    return any(isinstance(each, ast.Name) and each.id in bound for one in waiting for each in ast.walk(one))
