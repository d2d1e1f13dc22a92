"""A collection is loaded by a join, and the result is not made unique

## What happens
`InvalidRequestError`: `unique()` must be called on this result.

## Why the server cannot start
The server starts; the request answers 500. `joinedload` of a collection gives a row for each member, so that
the same object comes several times. Since 2.0 SQLAlchemy wants it said that these are to be folded.

## How to recognise it
The function of SQLAlchemy's that insists on `unique()` raised, and the project's own last frame fetches from
a result.

## How it is fixed
`.unique()` goes before what fetches: `result.unique().scalars().all()`.

## Fix safety
Safe: it is what SQLAlchemy's older query did by itself.

## References
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "ORM Rows not uniquified by default"
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import label, last_own, nodes_at
from bootproof.rules.registry import finding

CODE = "BP807"
RAISES = "require_unique"  # SQLAlchemy's own function, in 2.0 and in 2.1
FETCHES = frozenset(
    {
        "all", "first", "one", "one_or_none", "fetchall", "fetchone", "fetchmany", "scalar", "scalar_one",
        "scalar_one_or_none", "scalars", "mappings", "partitions", "tuples",
    }
)  # fmt: skip


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The line that fetches."""
    for failure, frame in last_own(symptom):
        if not failure.is_a("sqlalchemy.exc.InvalidRequestError") or failure.frames[-1].function != RAISES:
            continue
        result = _result(facts, frame)
        yield finding(
            __name__,
            label(facts, frame.file, frame.line),
            file=frame.file,
            line=frame.line,
            data={"result": result},
            cause="a collection is loaded by a join, and the rows are not folded with `unique()`",
            explanation="`joinedload` of a collection gives each object once for each of its members.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`unique()` on the result."""
    result = finding.data["result"]
    if not isinstance(result, ast.expr):
        return None
    file, text = finding.file, facts.text(finding.file) or b""
    edits: tuple[Edit, ...]
    if isinstance(result, ast.Attribute):  # of what fetches: the brackets around an `await` are no part of its node
        dot = text.rindex(b".", 0, facts.span(file, result)[1])
        edits = (edit(file, text, dot, dot, ".unique()"),)
    else:
        waits = isinstance(result, ast.Await)
        edits = wrap_node(file, text, result, "(" if waits else "", ").unique()" if waits else ".unique()")
    return Fix("fold the rows with `unique()`", Safety.SAFE, edits)


def _result(facts: Facts, frame: Frame) -> ast.expr | None:
    """The first attribute of a chain of fetching calls, or what a loop goes through."""
    nodes = list(nodes_at(facts, frame))
    for node in nodes:
        loops = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])  # of a comprehension
        for each in loops:
            if not isinstance(each.iter, ast.Call) and isinstance(each.iter, ast.expr):
                return each.iter
    found: ast.expr | None = None
    for node in nodes:
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FETCHES
        if not called or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        # `scalars` and `scalar` of a session take a statement: those of a result take none
        if not any(isinstance(each, ast.Constant | ast.Starred | ast.Name | ast.Call) for each in node.args):
            found = node.func
    return found
