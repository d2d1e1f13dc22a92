"""A coroutine, or another object that must be awaited, is used as if it had been

## What happens
`session.execute(…).scalar()` raises `AttributeError`: a coroutine has no such attribute. A connection or
pool that was made and not awaited says at its first use that it was not started. A call whose result nobody
asks for, `connection.run_sync(…)`, does nothing at all, and what needs it fails later.

## Why the server cannot start
Calling a coroutine function runs nothing; only `await` does, and gives the result.

## How to recognise it
The project's own line asked a coroutine object for an attribute; or a method of an object that can be
awaited raised in the object's own class, and the call that made the object is not awaited; or Python warned
that the coroutine of a call, whose result is not used, was never awaited.

## How it is fixed
`await` is put before the call: `(await session.execute(…)).scalar()`. An `await` that stood around the
whole, where it waits for the result's own method, goes.

## Fix safety
Safe: without it the line does nothing, or raises.

## References
https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines,
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._awaiting import Missing, of_coroutines, of_objects, of_warnings
from bootproof.rules.connecting._code import called
from bootproof.rules.registry import finding
from bootproof.rules.turning import made_async

CODE = "BP611"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that was not awaited."""
    for missing in _missing(symptom, facts):
        call, name = missing.call, called(missing.call)
        key = f"{missing.function.name}:{name}" + (f":{missing.used.attr}" if missing.used else "")
        yield finding(
            __name__,
            key,
            file=missing.file,
            line=call.lineno,
            end_line=call.end_lineno,
            data={"missing": missing},
            cause=f"`{name}(…)` is not awaited: {missing.shows}",
            explanation="Only `await` runs it and gives its result.",
        )


def _missing(symptom: Symptom, facts: Facts) -> Iterator[Missing]:
    for failure in symptom.failures:
        found = of_coroutines(failure, facts) or of_objects(failure, facts)
        if found is not None:
            yield found
            return
    yield from of_warnings(symptom, facts)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`await` where the coroutine is made."""
    missing = finding.data["missing"]
    assert isinstance(missing, Missing)
    call, used, text = missing.call, missing.used, facts.text(finding.file) or b""
    turned = made_async(facts, finding.file, missing.function)
    if turned is None:
        return None  # only an asynchronous function can wait, and own code calls this one
    direct = used is not None and used.value is call
    edits: tuple[Edit, ...] = wrap_node(
        finding.file, text, call, "(await " if direct else "await ", ")" if direct else ""
    )
    outer = _awaited(missing.function, used) if used is not None else None
    if outer is not None:
        start, inner = facts.span(finding.file, outer)[0], facts.span(finding.file, outer.value)[0]
        edits = (edit(finding.file, text, start, inner, ""), *edits)
    return Fix(f"await `{called(call)}(…)`", Safety.SAFE, (*turned, *edits))


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
