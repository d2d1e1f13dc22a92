"""An own function or class does not take what the framework gives it

## What happens
The framework raises `TypeError` when it calls the project's own callable: a middleware class whose `__init__`
takes no application, an exception handler without the exception, a hook with a parameter that nobody gives.

## Why the server cannot start
The framework decides with what it calls. A middleware is built with the application that it wraps; where that
fails the server skips its lifespan and answers every request with 500.

## How to recognise it
The call that raised stands in a library, what it calls is the project's own, and the arguments that were
given do not fit its parameters.

## How it is fixed
A callable that takes nothing gets parameters for what it is given, named after it: `app`, `request`, `exc`. A
middleware also keeps the application, and where its `__call__` is still empty, hands every scope on to it.

## Fix safety
Safe: the callable does what it did. Where it has parameters, but not these, a person decides.

## References
https://www.starlette.io/middleware/#pure-asgi-middleware
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, insert_statement_before, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import defined
from bootproof.rules.arguments import Callee, callee_of
from bootproof.rules.reading import Function
from bootproof.rules.registry import finding

CODE = "BP407"
YIELDS_TO = ("BP313", "BP408", "BP412")
SCOPE = ("scope", "receive", "send")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The own callable that a library called with other arguments than it takes."""
    for failure in symptom.failures:
        callee = callee_of(failure)
        if callee is None or not failure.frames or failure.frames[-1].own or _fits(callee):
            continue
        found = defined(facts, callee.path)
        function = _function(found[1]) if found is not None else None
        if found is None or function is None:
            continue
        name = callee.path.rpartition(":")[2].replace("<locals>.", "")
        takes = ", ".join(f"`{each}`" for each in callee.accepts) or "nothing"
        yield finding(
            __name__,
            name,
            file=found[0],
            line=function.lineno,
            end_line=function.lineno,
            cause=f"`{name}` takes {takes}, and it is called with {_given(callee)}",
            data={"callee": callee, "definition": found[1]},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Parameters for what is given, where the callable has none."""
    callee, definition = finding.data["callee"], finding.data["definition"]
    if not isinstance(callee, Callee) or not isinstance(definition, Function | ast.ClassDef):
        return None
    function, new = _function(definition), [_parameter(each) for each in callee.given]
    if callee.accepts or callee.passed or not all(new) or len(set(new)) < len(new) or function is None:
        return None
    text, file = facts.text(finding.file) or b"", finding.file
    edits: list[AnyEdit] = [_parameters(facts, file, function, ", ".join(new))]
    if isinstance(definition, ast.ClassDef) and new == ["app"]:
        inherited = _inherited(function)
        if inherited is not None:
            edits.append(add_argument(file, text, inherited, None, "app"))
        elif not any(isinstance(each, ast.Attribute) and each.attr == "app" for each in ast.walk(function)):
            edits.append(_first_statement(file, text, function, "self.app = app"))
        edits += _handing_on(file, text, definition)
    return Fix(f"take {', '.join(f'`{each}`' for each in new)}", Safety.SAFE, tuple(edits))


def _fits(callee: Callee) -> bool:
    enough = callee.positional is None or callee.takes_more or callee.positional <= len(callee.accepts)
    known = callee.takes_any or set(callee.passed) <= set(callee.accepts)
    given = {*callee.accepts[: callee.positional or 0], *callee.passed}
    return enough and known and set(callee.required) <= given


def _function(definition: Function | ast.ClassDef) -> Function | None:
    """The function whose parameters count: a class's own `__init__`."""
    if isinstance(definition, Function):
        return definition
    return next((each for each in definition.body if isinstance(each, Function) and each.name == "__init__"), None)


def _given(callee: Callee) -> str:
    known = {"app": "the application", "": "an argument"}
    kinds = [known.get(_parameter(each), f"a `{each.rpartition('.')[2]}`") for each in callee.given]
    return ", ".join([*kinds, *(f"`{each}`" for each in callee.passed)]) or "nothing"


def _parameter(kind: str) -> str:
    """A name for what is given, "" where it has no customary one."""
    last = kind.rpartition(".")[2]
    if last in ("Request", "WebSocket", "Scope"):
        return last.lower()
    if kind.startswith(("starlette.", "fastapi.")):
        return "exc" if last.endswith(("Error", "Exception")) else "app"
    return "exc" if last.endswith(("Error", "Exception")) else ""


def _parameters(facts: Facts, file: str, function: Function, new: str) -> AnyEdit:
    """The edit that gives a function without parameters some; a method keeps its `self`."""
    text = facts.text(file) or b""
    if function.args.args:
        end = facts.span(file, function.args.args[-1])[1]
        return edit(file, text, end, end, f", {new}")
    start = text.index(b"(", facts.span(file, function)[0]) + 1
    return edit(file, text, start, start, new)


def _inherited(function: Function) -> ast.Call | None:
    """The call of the base's `__init__` in it, where it hands nothing on."""
    for each in ast.walk(function):
        if isinstance(each, ast.Call) and ast.unparse(each) == "super().__init__()":
            return each
    return None


def _first_statement(file: str, text: bytes, function: Function, code: str) -> AnyEdit:
    first = function.body[0]
    if _is_empty(function):
        return replace_node(file, text, first, code)
    return insert_statement_before(file, text, first, code)


def _handing_on(file: str, text: bytes, definition: ast.ClassDef) -> list[AnyEdit]:
    """An empty `__call__` hands the scope on: otherwise no request is ever answered."""
    for each in definition.body:
        if isinstance(each, ast.AsyncFunctionDef) and each.name == "__call__" and _is_empty(each):
            names = [argument.arg for argument in each.args.args[1:]]
            if len(names) == len(SCOPE):
                return [replace_node(file, text, each.body[0], f"await self.app({', '.join(names)})")]
    return []


def _is_empty(function: Function) -> bool:
    first = function.body[0]
    is_dots = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.value.value is ...
    return len(function.body) == 1 and (isinstance(first, ast.Pass) or is_dots)
