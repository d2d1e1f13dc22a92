"""An exception handler returns something that is no response

## What happens
The handler is called, and then the answer is `TypeError: 'dict' object is not callable`.

## Why the server cannot start
The server starts; each request that the handler is for answers 500, with a traceback of its own. A route's
return value is made a response by FastAPI. A handler's is not: it must be a response, which is called.

## How to recognise it
Starlette raised while it handled an exception, and an own function that is registered for the class of that
exception returns a dictionary, a list, a text or nothing.

## How it is fixed
What it returns is put into a `JSONResponse` with the status that a client sees today: that of the exception
where it has one, 422 for a failed validation, else 500.

## Fix safety
Safe: the body is the one that the code gives, and the status is the one that was sent. A person may mean
another one.

## References
https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers
"""

import ast
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import wrap_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, Meaning, keyword, meaning
from bootproof.rules.registry import finding

CODE = "BP810"
PLAIN = (ast.Dict, ast.List, ast.Tuple, ast.Constant, ast.JoinedStr, ast.DictComp, ast.ListComp)


@dataclass(frozen=True)
class Registered:
    """An own function that is registered for an exception class."""

    file: str
    function: Function
    of: Meaning


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The return statements of the handler."""
    chain = symptom.chain
    for failure, handled in itertools.pairwise(chain):
        last = failure.frames[-1] if failure.frames else None
        if not failure.is_a("TypeError") or last is None or last.module.partition(".")[0] != "starlette":
            continue
        for each in _registered(facts):
            if not handled.is_a(each.of.outside or each.of.name) and not _is_own(facts, each.of, handled):
                continue
            returns = [node for node in _returns(each.function) if node.value is None or isinstance(node.value, PLAIN)]
            if not returns:
                continue
            yield finding(
                __name__,
                each.function.name,
                file=each.file,
                line=returns[0].lineno,
                data={"registered": each, "returns": returns, "handled": handled},
                cause=f"`{each.function.name}` handles `{handled.type.rpartition('.')[2]}`, and what it returns is no response",
                explanation="FastAPI makes responses of what routes return, not of what handlers do.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Its values as JSON, with the status that is sent today."""
    each, returns, handled = finding.data["registered"], finding.data["returns"], finding.data["handled"]
    assert isinstance(each, Registered) and isinstance(returns, list) and isinstance(handled, Failure)
    arguments = each.function.args.args
    if len(arguments) < 2 or any(node.value is None for node in returns):
        return None
    name, imports = known_as(facts, each.file, "fastapi.responses", "JSONResponse")
    if handled.is_a("starlette.exceptions.HTTPException"):
        status = f"{arguments[1].arg}.status_code"
    else:
        status = "422" if handled.is_a("fastapi.exceptions.RequestValidationError") else "500"
    text = facts.text(each.file) or b""
    edits = [one for node in returns for one in wrap_node(each.file, text, node.value, f"{name}(", f", status_code={status})")]
    return Fix("return a `JSONResponse`", Safety.SAFE, (*imports, *edits))


def _registered(facts: Facts) -> Iterator[Registered]:
    """Own exception handlers: by decorator, by `add_exception_handler`, by the argument `exception_handlers`."""
    for file in facts.files_with(b"exception_handler"):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, Function):
                for each in node.decorator_list:
                    if isinstance(each, ast.Call) and _last(each.func) == "exception_handler" and each.args:
                        yield from _one(facts, file, each.args[0], node)
            elif isinstance(node, ast.Call) and _last(node.func) == "add_exception_handler" and len(node.args) == 2:
                yield from _named(facts, file, *node.args)
            elif isinstance(node, ast.Call) and isinstance(given := keyword(node, "exception_handlers"), ast.Dict):
                for key, value in zip(given.keys, given.values, strict=True):
                    if key is not None:
                        yield from _named(facts, file, key, value)


def _named(facts: Facts, file: str, of: ast.expr, handler: ast.expr) -> Iterator[Registered]:
    found = meaning(facts, file, handler)
    stands = meaning(facts, file, of)
    if found is not None and isinstance(found.node, Function) and stands is not None:
        yield Registered(found.file, found.node, stands)


def _one(facts: Facts, file: str, of: ast.expr, function: Function) -> Iterator[Registered]:
    stands = meaning(facts, file, of) or (Meaning(outside=of.id) if isinstance(of, ast.Name) else None)
    if stands is not None:
        yield Registered(file, function, stands)


def _is_own(facts: Facts, of: Meaning, handled: Failure) -> bool:
    return bool(of.file) and f"{facts.module_of(of.file)}.{of.name}" in handled.bases


def _returns(function: Function) -> Iterator[ast.Return]:
    """Its own return statements, not those of functions inside of it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
