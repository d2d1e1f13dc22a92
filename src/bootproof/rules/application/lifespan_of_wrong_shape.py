"""The function that an application is given as its lifespan is none

## What happens
The start ends with `TypeError`, `AttributeError` or `RuntimeError` from Starlette's lifespan or from
`contextlib`.

## Why the server cannot start
The server enters `lifespan(app)` with `async with` before it answers anything. That takes a function of one
parameter, which gives an asynchronous context manager, which yields exactly once.

## How to recognise it
The failure has no own frame behind Starlette's lifespan, and the own function that the application is given
has the wrong shape: it is called instead of passed, has no parameter, never yields or not on every way, is
synchronous, or is a plain coroutine.

## How it is fixed
It becomes a lifespan: its name is passed, it gets a parameter, `@asynccontextmanager`, `async def`, and a
`yield` at its end. Where only some ways yield, the others do too.

## Fix safety
Safe: what it does at the start it goes on to do. Unsafe where a way without `yield` gets one: perhaps that
was meant to stop the server.

## References
https://www.starlette.io/lifespan/, https://docs.python.org/3/library/contextlib.html#contextlib.asynccontextmanager
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import insert_decorator, insert_statement_after, insert_statement_before, replace_node
from bootproof.edits.source import indentation, new_lines
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import apps
from bootproof.rules.application._lifespans import Fault, Lifespan, decorator, faults, lifespan_of, own_nodes
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import covers
from bootproof.rules.registry import finding

CODE = "BP408"
SAID = {
    Fault.CALLED: "it is called where it is to be named",
    Fault.NO_PARAMETER: "it takes no parameter for the application",
    Fault.NO_YIELD: "it never yields",
    Fault.YIELD_SKIPPED: "some way through it meets no `yield`",
    Fault.SYNCHRONOUS: "it is synchronous",
    Fault.PLAIN: "it is no context manager",
}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every own lifespan of the wrong shape, where the start failed as one was entered."""
    suspects = [each for each in symptom.failures if each.is_a("TypeError", "AttributeError", "RuntimeError")]
    entered = any(_on_entering(each) for each in suspects)
    for app in apps(facts) if suspects else ():
        lifespan = lifespan_of(facts, app)
        wrong = faults(facts, lifespan) if lifespan is not None else ()
        if lifespan is None or not wrong or not (entered or _where_called(lifespan, suspects)):
            continue
        function = lifespan.function
        # an own function is to blame where it stands, a call where it is passed
        passed = wrong[0] is Fault.CALLED
        last = function.body[-1]
        yield finding(
            __name__,
            function.name,
            file=app.file if passed else lifespan.file,
            line=lifespan.given.lineno if passed else function.lineno,
            cause=f"`{function.name}` is no lifespan: " + ", ".join(SAID[each] for each in wrong),
            related=(Location(lifespan.file, function.lineno, last.end_lineno, "the function"),),
            data={"lifespan": lifespan, "faults": wrong},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The edits that make it a lifespan."""
    lifespan, wrong = finding.data["lifespan"], finding.data["faults"]
    if not isinstance(lifespan, Lifespan) or not isinstance(wrong, tuple):
        return None
    made: list[AnyEdit] = []
    for each in wrong:
        edits = _edits(facts, lifespan, each)
        if edits is None:
            return None
        made += edits
    unsafe = Fault.YIELD_SKIPPED in wrong
    return Fix(
        f"make `{lifespan.function.name}` a lifespan",
        Safety.UNSAFE if unsafe else Safety.SAFE,
        tuple(made),
        loses="that the server does not start on the way that met no `yield`" if unsafe else "",
    )


def _on_entering(failure: Failure) -> bool:
    entered = [at for at, each in enumerate(failure.frames) if each.function == "lifespan" and not each.own]
    return bool(entered) and not any(each.own for each in failure.frames[entered[-1] :])


def _where_called(lifespan: Lifespan, failures: list[Failure]) -> bool:
    """Whether the call itself failed, where the lifespan is called instead of passed."""
    innermost = [each.frames[-1] for each in failures if each.frames and each.frames[-1].own]
    called = isinstance(lifespan.given, ast.Call)
    return called and any(each.file == lifespan.app.file and covers(lifespan.given, each.line) for each in innermost)


def _edits(facts: Facts, lifespan: Lifespan, fault: Fault) -> list[AnyEdit] | None:
    function, file, given = lifespan.function, lifespan.file, lifespan.given
    text = facts.text(file) or b""
    start = facts.span(file, function)[0]
    if fault is Fault.CALLED and isinstance(given, ast.Call):
        held = facts.text(lifespan.app.file) or b""
        end = facts.span(lifespan.app.file, given.func)[1]
        return [edit(lifespan.app.file, held, end, facts.span(lifespan.app.file, given)[1], "")]
    if fault is Fault.NO_PARAMETER:
        used = {each.id for each in own_nodes(function) if isinstance(each, ast.Name)}
        bracket = text.index(b"(", start) + 1
        more = ", " if function.args.kwonlyargs or function.args.kwarg else ""
        return [edit(file, text, bracket, bracket, ("_app" if "app" in used else "app") + more)]
    if fault in (Fault.SYNCHRONOUS, Fault.PLAIN):
        return _decorated(facts, lifespan)
    if fault is Fault.NO_YIELD:
        return _yielding(file, text, function)
    return _yielding_always(facts, file, text, function)


def _decorated(facts: Facts, lifespan: Lifespan) -> list[AnyEdit]:
    """`@asynccontextmanager async def`, in the place of another decorator of `contextlib` or of none."""
    file, function = lifespan.file, lifespan.function
    text = facts.text(file) or b""
    name, imports = known_as(facts, file, "contextlib", "asynccontextmanager")
    made: list[AnyEdit] = list(imports)
    present = decorator(facts, lifespan, "contextmanager")
    if present is not None:
        made.append(replace_node(file, text, present, name))
    elif decorator(facts, lifespan, "asynccontextmanager") is None:
        made.append(insert_decorator(file, text, function, name))
    if isinstance(function, ast.FunctionDef):
        start = facts.span(file, function)[0]
        made.append(edit(file, text, start, start, "async "))
    return made


def _yielding(file: str, text: bytes, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[AnyEdit] | None:
    """A `yield` at the end; inside a `try` whose `finally` is for the end of the server."""
    last = function.body[-1]
    while isinstance(last, ast.Try) and last.finalbody and not last.handlers:
        last = last.body[-1]
    if isinstance(last, ast.Return | ast.Raise | ast.While | ast.With | ast.AsyncWith):
        return None  # where the server runs inside it is a person's choice
    return [insert_statement_after(file, text, last, "yield")]


def _yielding_always(
    facts: Facts, file: str, text: bytes, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[AnyEdit] | None:
    """A `yield` before a bare `return`, and an `else` that yields for a last `if` without one."""
    early = [each for each in own_nodes(function) if isinstance(each, ast.Return) and each.value is None]
    if early:
        return [insert_statement_before(file, text, each, "yield") for each in early]
    branch = next((each for each in function.body if isinstance(each, ast.If)), None)
    if branch is None or branch.orelse or not any(isinstance(each, ast.Yield) for each in ast.walk(branch)):
        return None
    start, end = facts.span(file, branch)
    blanks = indentation(text, start)
    inner = indentation(text, facts.span(file, branch.body[0])[0])
    place, lines = new_lines(text, end, f"{blanks}else:\n{inner}yield")
    return [edit(file, text, place, place, lines)]
