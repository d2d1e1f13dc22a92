"""A dependency is called where it is to be named

## What happens
FastAPI raises `TypeError` at the endpoint's decorator, Litestar `ImproperlyConfiguredException` where the application is
made: a generator, a coroutine or a plain value is not a callable object.

## Why the server cannot start
`Depends(get_db())` and `dependencies={"db": get_db()}` call the function once, while the module is imported, and hand over
what came back. The framework needs the function itself, to call it for each request.

## How to recognise it
The framework raised the error while it read dependencies, and one of them calls an own function without arguments that is
asynchronous or a generator; for Litestar any that returns no function.

## How it is fixed
The brackets go: `Depends(get_db)`, `Provide(get_db)`.

## Fix safety
Safe: what such a call gives back cannot be called in turn. A function that returns a function is left
alone.

## References
https://fastapi.tiangolo.com/tutorial/dependencies/
https://docs.litestar.dev/latest/usage/dependency-injection.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._parameters import endpoint_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, dotted_name, meaning, outside
from bootproof.rules.registry import finding

CODE = "BP405"
_PROVIDE = ("litestar.di.Provide", "litestar.Provide")
_DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every dependency of the endpoint that is called."""
    for failure in symptom.failures:
        reads = any(each.module == "fastapi.dependencies.utils" for each in failure.frames)
        raised = failure.is_a("TypeError", "ValueError", "fastapi.exceptions.FastAPIError")
        endpoint = endpoint_at(facts, failure) if raised and reads else None
        if endpoint is None:
            continue
        file, function = endpoint
        called = list(_called(facts, file, function))
        # the standard library found no signature: of several calls the certain ones, of one that one
        unreadable = failure.is_a("TypeError") and failure.frames[-1].module == "inspect"
        chosen = [call for call, sure in called if sure] or [call for call, _ in called if unreadable and len(called) == 1]
        for call in chosen:
            name = dotted_name(call.func)
            yield finding(
                __name__,
                f"{function.name}.{name}",
                file=file,
                line=call.lineno,
                cause=f"`Depends({name}())` of `{function.name}` calls it once, and FastAPI cannot call the result",
                data={"call": call},
            )
    yield from _of_litestar(symptom, facts)


def _of_litestar(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every dependency of a Litestar application that is called, in any of its layers."""
    if not any(each.frames and each.frames[-1].module == "litestar.di" for each in symptom.failures):
        return
    for file in facts.files_with(b"dependencies"):
        for call, provided in _provided(facts, file):
            name = dotted_name(call.func)
            yield finding(
                __name__, name, file=file, line=call.lineno, data={"call": call, "provided": provided},
                cause=f"`{name}()` calls the dependency once, and Litestar cannot call the result",
            )  # fmt: skip


def _provided(facts: Facts, file: str) -> Iterator[tuple[ast.Call, bool]]:
    """The calls of own functions among dependencies by name, and whether `Provide` stands around each."""
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        named = isinstance(node, ast.keyword) and node.arg == "dependencies"
        named = named or (isinstance(node, ast.Assign) and [dotted_name(each) for each in node.targets] == ["dependencies"])
        value = node.value if isinstance(node, ast.keyword | ast.Assign) and named else None
        for each in value.values if isinstance(value, ast.Dict) else ():
            around = isinstance(each, ast.Call) and outside(facts, file, each.func) in _PROVIDE and bool(each.args)
            inner = each.args[0] if around and isinstance(each, ast.Call) else each
            if isinstance(inner, ast.Call) and not inner.args and not inner.keywords:
                made = meaning(facts, file, inner.func)
                if made is not None and isinstance(made.node, Function) and not _gives_function(made.node):
                    yield inner, around


def _gives_function(function: Function) -> bool:
    inner = {each.name for each in function.body if isinstance(each, Function)}
    given = [each.value for each in ast.walk(function) if isinstance(each, ast.Return)]
    return any(isinstance(each, ast.Lambda) or (each is not None and dotted_name(each) in inner) for each in given)


def _called(facts: Facts, file: str, function: Function) -> Iterator[tuple[ast.Call, bool]]:
    """The dependencies that are called, and whether what that gives can be told to be no callable."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Call):
            continue
        inner, depends = node.args[0], meaning(facts, file, node.func)
        if depends is None or depends.outside not in _DEPENDS or inner.args or inner.keywords:
            continue
        made = meaning(facts, file, inner.func)
        own = made.node if made is not None else None
        if isinstance(own, Function):
            yield inner, _gives_no_callable(own)


def _gives_no_callable(own: Function) -> bool:
    """Whether a function is asynchronous or a generator, or gives nothing back."""
    nodes = [each for statement in own.body for each in ast.walk(statement)]
    if isinstance(own, ast.AsyncFunctionDef) or any(isinstance(each, ast.Yield | ast.YieldFrom) for each in nodes):
        return True
    return not any(isinstance(each, ast.Return) and each.value is not None for each in nodes)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The function itself."""
    call = finding.data["call"]
    if not isinstance(call, ast.Call):
        return None
    start, end = facts.span(finding.file, call.func)[1], facts.span(finding.file, call)[1]
    text = facts.text(finding.file) or b""
    name = dotted_name(call.func)
    if finding.data.get("provided") is False:
        provide, imports = known_as(facts, finding.file, "litestar.di", "Provide")
        around = edit(finding.file, text, start, end, ")")
        begin = facts.span(finding.file, call)[0]
        edits = (*imports, edit(finding.file, text, begin, begin, f"{provide}("), around)
        return Fix(f"name it: `Provide({name})`", Safety.SAFE, edits)
    if finding.data.get("provided"):
        return Fix(f"name it: `Provide({name})`", Safety.SAFE, (edit(finding.file, text, start, end, ""),))
    return Fix(f"name it: `Depends({name})`", Safety.SAFE, (edit(finding.file, text, start, end, ""),))
