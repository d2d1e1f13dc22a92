"""A generator is used as if it were the value that it yields

## What happens
`session = get_session()` gives a generator, not a session: `AttributeError` at the first method, or
`TypeError` where it is awaited (`await get_session()`) or entered (`async with get_session()`).

## Why the server cannot start
A function with `yield`, written for `Depends`, gives nothing by itself. FastAPI makes a context manager of
it, enters it, and closes it after the request. Code outside of a request has to do the same.

## How to recognise it
At the project's own last frame a name whose type is a generator, or a context manager made from one, is
asked for an attribute; or the interpreter refused to `await` or to enter what an own function with `yield`
gave.

## How it is fixed
The generator is entered as FastAPI enters it, `async with asynccontextmanager(get_session)() as session:`,
and what uses the value goes below. One that is a context manager already is entered as it is.

## Fix safety
Safe: the value is the one that was meant, and it is closed behind its last use.

## References
https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/,
https://docs.python.org/3/library/contextlib.html#contextlib.asynccontextmanager
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from bootproof.edits.blocks import further_in, up_to_last_use
from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import assignment, block_of, function_at, label, nodes_at, own_innermost, source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.kinds import seen_names
from bootproof.rules.reading import Function, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP615"
GENERATORS = frozenset(
    {"async_generator", "generator", "contextlib._AsyncGeneratorContextManager", "contextlib._GeneratorContextManager"}
)


@dataclass(frozen=True)
class Made:
    """A call that makes a generator: of which own function, and whether a decorator makes it a context manager."""

    call: ast.Call
    function: Function
    managed: bool


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call whose generator is used as a value."""
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if frame is None or not failure.is_a("AttributeError", "TypeError"):
            continue
        for made in _misused(failure, frame, facts):
            yield finding(
                __name__,
                f"{label(facts, frame.file, frame.line)}:{made.function.name}",
                file=frame.file,
                line=made.call.lineno,
                end_line=made.call.end_lineno,
                data={"made": made},
                cause=f"`{made.function.name}` yields its value, and `{source(facts, frame.file, made.call)}` "
                f"gives the generator itself",
                explanation="Where a parameter names it in `Depends`, FastAPI enters the generator; nothing does here.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The generator entered, and what uses its value below."""
    made = finding.data["made"]
    assert isinstance(made, Made)
    file, text, tree = finding.file, facts.text(finding.file) or b"", facts.syntax(finding.file)
    holder = function_at(facts, file, made.call.lineno)
    waits = isinstance(made.function, ast.AsyncFunctionDef)
    if tree is None or (waits and not isinstance(holder, ast.AsyncFunctionDef)):
        return None
    what = source(facts, file, made.call)
    imports: tuple[AnyEdit, ...] = ()
    if not made.managed:
        maker, imports = known_as(facts, file, "contextlib", "asynccontextmanager" if waits else "contextmanager")
        inner = source(facts, file, made.call.func)
        what = f"{maker}({inner}){what.removeprefix(inner)}"
    entered = next((node for node in ast.walk(tree) if _enters(node, made.call)), None)
    if entered is not None:
        edits = (*imports, replace_node(file, text, made.call, what))
        return None if made.managed else Fix("make a context manager of the generator", Safety.SAFE, edits)
    given = next((each for each in ast.walk(holder or tree) if _gives(each, made.call)), None)
    place = block_of(holder or tree, given) if isinstance(given, ast.Assign | ast.AnnAssign) else None
    name = dotted_name(getattr(given, "targets", [getattr(given, "target", None)])[0]) if place is not None else ""
    if place is None or not isinstance(given, ast.stmt) or not name.isidentifier():
        return None
    uses = up_to_last_use(place[0], place[1], name)
    if len(uses) < 2 or _used_behind(holder or tree, name, uses[-1]):
        return None
    start, end = facts.span(file, given)
    head = f"{'async ' if waits else ''}with {what} as {name}:"
    below = further_in(file, text, uses[1:], comments=True)
    return Fix(f"enter `{made.function.name}`", Safety.SAFE, (*imports, edit(file, text, start, end, head), *below))


def _misused(failure: Failure, frame: Frame, facts: Facts) -> Iterable[Made]:
    names, protocol = seen_names(failure.facts), failure.facts.get("protocol")
    for node in nodes_at(facts, frame):
        value: ast.AST | None = None
        if isinstance(node, ast.Attribute) and (
            names.get(dotted_name(node.value)) in GENERATORS or failure.facts.get("obj_type") in GENERATORS
        ):
            value = _origin(facts, frame, node.value)
        elif isinstance(node, ast.Await) and protocol == "await":
            value = node.value
        elif isinstance(node, ast.With | ast.AsyncWith) and protocol in ("with", "async with"):
            value = node.items[0].context_expr
        if isinstance(value, ast.Call) and (made := _made(facts, frame.file, value)) is not None:
            entering = protocol in ("with", "async with")
            if not (entering and made.managed):  # a context manager in the wrong kind of `with` is another fault
                yield made


def _origin(facts: Facts, frame: Frame, value: ast.expr) -> ast.AST | None:
    """The call that made a value: itself, or what the name was given."""
    if isinstance(value, ast.Call):
        return value
    scope = function_at(facts, frame.file, frame.line) or facts.syntax(frame.file)
    given = assignment(scope, dotted_name(value), frame.line)
    return given.value if given is not None else None


def _made(facts: Facts, file: str, call: ast.Call) -> Made | None:
    found = meaning(facts, file, call.func)
    function = found.node if found is not None else None
    if not isinstance(function, Function) or not any(isinstance(each, ast.Yield) for each in ast.walk(function)):
        return None
    managed = any("contextmanager" in ast.unparse(each) for each in function.decorator_list)
    return Made(call, function, managed) if managed or not function.decorator_list else None


def _enters(node: ast.AST, call: ast.Call) -> bool:
    return isinstance(node, ast.With | ast.AsyncWith) and any(each.context_expr is call for each in node.items)


def _gives(node: ast.AST, call: ast.Call) -> bool:
    value = getattr(node, "value", None)
    return isinstance(node, ast.Assign | ast.AnnAssign) and call in (value, getattr(value, "value", None))


def _used_behind(scope: ast.AST, name: str, last: ast.stmt) -> bool:
    end = last.end_lineno or last.lineno
    return any(isinstance(each, ast.Name) and each.id == name and each.lineno > end for each in ast.walk(scope))
