"""A middleware is added as an object, where its class is wanted

## What happens
The server seems to start and skips its lifespan; every request is answered with 500. The application raises
`TypeError` when it builds its middleware.

## Why the server cannot start
`add_middleware(Class, option=…)` takes the class: the application itself makes the object, with the next
application as its first argument. An object is called in its place, and takes something else.

## How to recognise it
Building the middleware raised `TypeError` without an own frame behind it, and an own call adds what a class
makes.

## How it is fixed
The class is given, and its options as keywords beside it. The application that the object was made with goes:
the right one is passed later.

## Fix safety
Safe: the middleware gets the same options.

## References
https://www.starlette.io/middleware/#using-middleware
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import app_of, is_application
from bootproof.rules.application._middleware import additions
from bootproof.rules.connecting._code import source
from bootproof.rules.reading import meaning, outside
from bootproof.rules.registry import finding

CODE = "BP412"
BUILDING = "build_middleware_stack"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every object that is added, where building the middleware failed."""
    if not any(_on_building(each) for each in symptom.failures):
        return
    for each in additions(facts):
        if not isinstance(each.given, ast.Call) or not _is_class(facts, each.file, each.given.func):
            continue
        written = source(facts, each.file, each.given.func)
        yield finding(
            __name__,
            written,
            file=each.file,
            line=each.given.lineno,
            cause=f"`{written}(…)` is added as an object, and `add_middleware` takes the class",
            data={"made": each.given},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The class and its options."""
    made = finding.data["made"]
    if not isinstance(made, ast.Call):
        return None
    # `Middleware(Class, …)` belongs in a list: its own arguments are what is wanted here
    wrapped = outside(facts, finding.file, made.func).endswith("middleware.Middleware")
    rest = [each for each in made.args if wrapped or not _is_app(facts, finding.file, each)]
    starred = any(isinstance(each, ast.Starred) for each in made.args)
    if starred or (rest and not wrapped and len(rest) == len(made.args)):
        return None  # what the first argument is cannot be told
    kept = [source(facts, finding.file, each) for each in (rest if wrapped else (made.func, *rest))]
    kept += [source(facts, finding.file, each) for each in made.keywords if each.arg != "app"]
    text = facts.text(finding.file) or b""
    edits = (replace_node(finding.file, text, made, ", ".join(kept)),)
    return Fix("add the class, with its options", Safety.SAFE, edits)


def _on_building(failure: Failure) -> bool:
    built = [at for at, each in enumerate(failure.frames) if each.function == BUILDING]
    return failure.is_a("TypeError") and bool(built) and not any(each.own for each in failure.frames[built[-1] :])


def _is_class(facts: Facts, file: str, node: ast.expr) -> bool:
    found = meaning(facts, file, node)
    if found is None or isinstance(found.node, ast.ClassDef):
        return found is not None
    module, _, name = found.outside.rpartition(".")
    return bool(module) and facts.ask("mro", path=f"{module}:{name}") is not None


def _is_app(facts: Facts, file: str, node: ast.expr) -> bool:
    """Whether an argument is an application, or made by one of its classes."""
    if isinstance(node, ast.Call):
        return is_application(facts, file, node.func)
    return app_of(facts, file, node) is not None
