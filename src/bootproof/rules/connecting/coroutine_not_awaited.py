"""A coroutine is used as if it were its result

## What happens
`session.execute(…).scalar()` raises `AttributeError`: a coroutine has no such attribute.

## Why the server cannot start
Methods of asynchronous sessions and connections give back a coroutine; only `await` gives its result.

## How to recognise it
The project's own line asked a coroutine object for an attribute that belongs to the result.

## How it is fixed
`await` is put where the coroutine is made: `(await session.execute(…)).scalar()`. An `await` that stood
around the whole, where it waits for the result's own method, goes.

## Fix safety
Safe: without it the line can only raise.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, function_at, nodes_at, own_innermost
from bootproof.rules.registry import finding

CODE = "BP611"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call whose coroutine was not awaited."""
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if not failure.is_a("AttributeError") or failure.facts.get("obj_type") != "coroutine" or frame is None:
            continue
        name, function = failure.facts.get("name"), function_at(facts, frame.file, frame.line)
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for node in nodes_at(facts, frame):
            if isinstance(node, ast.Attribute) and node.attr == name:
                call = _made(node.value, function)
                if call is not None:
                    yield finding(
                        __name__,
                        f"{function.name}:{called(call)}:{name}",
                        file=frame.file,
                        line=call.lineno,
                        end_line=call.end_lineno,
                        data={"call": call, "used": node, "function": function},
                        cause=f"`{called(call)}(…)` is not awaited: `.{name}` is asked of the coroutine",
                        explanation="Only `await` gives the result that has this attribute.",
                    )
                    return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`await` where the coroutine is made."""
    call, used, function = finding.data["call"], finding.data["used"], finding.data["function"]
    assert isinstance(call, ast.Call) and isinstance(used, ast.Attribute) and isinstance(function, ast.AsyncFunctionDef)
    text = facts.text(finding.file) or b""
    direct = used.value is call
    edits: tuple[Edit, ...] = wrap_node(
        finding.file, text, call, "(await " if direct else "await ", ")" if direct else ""
    )
    outer = _awaited(function, used)
    if outer is not None:
        start, inner = facts.span(finding.file, outer)[0], facts.span(finding.file, outer.value)[0]
        edits = (edit(finding.file, text, start, inner, ""), *edits)
    return Fix(f"await `{called(call)}(…)`", Safety.SAFE, edits)


def _made(value: ast.expr, function: ast.AsyncFunctionDef) -> ast.Call | None:
    """The call that made the coroutine: the value itself, or what its name was given in this function."""
    if isinstance(value, ast.Call):
        return value
    if not isinstance(value, ast.Name):
        return None
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and node.lineno < value.lineno
        and any(isinstance(to, ast.Name) and to.id == value.id for to in node.targets)
    ]
    last = max(given, key=lambda node: node.lineno, default=None)
    return last if isinstance(last, ast.Call) else None


def _awaited(function: ast.AST, used: ast.Attribute) -> ast.Await | None:
    """The `await` around `used(…)…`, down the chain of calls and attributes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Await):
            link: ast.expr = node.value
            while isinstance(link, ast.Call | ast.Attribute):
                if link is used:
                    return node
                link = link.func if isinstance(link, ast.Call) else link.value
    return None
