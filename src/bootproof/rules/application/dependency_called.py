"""A dependency is called where it is to be named

## What happens
FastAPI raises `TypeError` at the endpoint's decorator: a generator or a coroutine is not a callable object.

## Why the server cannot start
`Depends(get_db())` calls the function once, while the module is imported, and hands FastAPI what came back.
FastAPI needs the function itself, to call it for each request.

## How to recognise it
FastAPI raised the error while it read dependencies, and one of the endpoint's calls an own function without
arguments that is asynchronous or a generator.

## How it is fixed
The brackets go: `Depends(get_db)`.

## Fix safety
Safe: what such a call gives back cannot be called in turn. A function that returns a function is left
alone.

## References
https://fastapi.tiangolo.com/tutorial/dependencies/
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._parameters import endpoint_at
from bootproof.rules.reading import Function, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP405"
_DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every dependency of the endpoint that is called."""
    for failure in symptom.failures:
        reads = any(each.module == "fastapi.dependencies.utils" for each in failure.frames)
        endpoint = endpoint_at(facts, failure) if failure.is_a("TypeError") and reads else None
        if endpoint is None:
            continue
        file, function = endpoint
        for call in _called(facts, file, function):
            name = dotted_name(call.func)
            yield finding(
                __name__,
                f"{function.name}.{name}",
                file=file,
                line=call.lineno,
                cause=f"`Depends({name}())` of `{function.name}` calls it once, and FastAPI cannot call the result",
                data={"call": call},
            )


def _called(facts: Facts, file: str, function: Function) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Call):
            continue
        inner, depends = node.args[0], meaning(facts, file, node.func)
        if depends is None or depends.outside not in _DEPENDS or inner.args or inner.keywords:
            continue
        made = meaning(facts, file, inner.func)
        own = made.node if made is not None else None
        if isinstance(own, ast.AsyncFunctionDef) or (
            isinstance(own, ast.FunctionDef)
            and any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(own))
        ):
            yield inner


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The function itself."""
    call = finding.data["call"]
    if not isinstance(call, ast.Call):
        return None
    start, end = facts.span(finding.file, call.func)[1], facts.span(finding.file, call)[1]
    text = facts.text(finding.file) or b""
    name = dotted_name(call.func)
    return Fix(f"name it: `Depends({name})`", Safety.SAFE, (edit(finding.file, text, start, end, ""),))
