"""A value is read from the application's state, and nothing that ran has set it

## What happens
`request.app.state.pool` raises `AttributeError`: the state has no such attribute.

## Why the server cannot start
The server starts; the request answers 500. What a lifespan or a start hook puts into `app.state` is only
there where that code runs and uses the same name.

## How to recognise it
Starlette's `State` was asked for an attribute that it does not have. What sets it is looked for in the
source, and in the start command, which may switch the lifespan off.

## How it is fixed
Where the command says `--lifespan off`, that goes. Where the code that sets the attribute stands in a lifespan
that the application is not given, it is given it. Else a person decides.

## Fix safety
Safe for the start command, whose lifespan sets what the requests read. Unsafe for a lifespan that did not run
before: everything else in it runs too.

## References
https://www.starlette.io/applications/#storing-state-on-the-app-instance, https://uvicorn.dev/settings/
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, function_at, nodes_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.lifespan import APPLICATIONS, application
from bootproof.rules.reading import Function, dotted_name, keyword
from bootproof.rules.registry import finding
from bootproof.rules.server._option import Option, left_out, options

CODE = "BP811"
STATES = "starlette.datastructures"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place that should have set it, else the place that reads it."""
    for failure in symptom.failures:
        frame = failure.own_frame
        asked = _asked(facts, failure, symptom.failures, frame) if frame is not None else ""
        if frame is None or not asked:
            continue
        setters = list(_setters(facts, asked))
        off, start = _lifespan_off(facts), facts.project.start
        hook = next((each for each in setters if _is_lifespan(each[1])), None)
        target = facts.project.target
        made = application(facts, target) if target is not None else None
        if off is not None and start is not None and setters:
            file, line = start.evidence.file or frame.file, start.evidence.line or 1
            why = f"the start command switches the lifespan off, which sets `{asked}`"
        else:
            file, line = frame.file, frame.line
            why = f"`state.{asked}` is read, and " + ("what sets it does not run" if setters else "no code sets it")
        yield finding(
            __name__,
            asked,
            file=file,
            line=line,
            data={"off": off if setters else None, "hook": hook},
            cause=why,
            explanation="The application's state holds what code has put there before the request, under the same name.",
            related=(
                Location(frame.file, frame.line, note="read here"),
                *(Location(each, function.lineno, note="sets it") for each, function in setters[:3]),
                *([Location(target.file, made[0].lineno, note="the application")] if target and made else []),
            ),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The lifespan switched on, or given to the application."""
    off, hook, start, target = finding.data["off"], finding.data["hook"], facts.project.start, facts.project.target
    if isinstance(off, Option) and start is not None:
        dropped = left_out(facts, start, off)
        return Fix("let the lifespan run", Safety.SAFE, (dropped,)) if dropped is not None else None
    made = application(facts, target) if target is not None else None
    if not isinstance(hook, tuple) or made is None or target is None or called(made[1]) not in APPLICATIONS:
        return None
    file, function = hook
    if keyword(made[1], "lifespan") is not None or any(each.arg is None for each in made[1].keywords):
        return None
    name, imports = (function.name, ()) if file == target.file else known_as(
        facts, target.file, facts.module_of(file), function.name
    )  # fmt: skip
    if file == target.file and function.lineno > made[1].lineno:
        return None
    given = add_argument(target.file, facts.text(target.file) or b"", made[1], "lifespan", name)
    loses = f"nothing, but all of `{function.name}` runs, which did not before"
    return Fix(f"give the application its lifespan `{function.name}`", Safety.UNSAFE, (*imports, given), loses=loses)


def _asked(facts: Facts, failure: Failure, failures: tuple[Failure, ...], frame: Frame) -> str:
    """The attribute that own code asked Starlette's state for, "" where that is not what failed."""
    last = failure.frames[-1]
    if not failure.is_a("AttributeError", "KeyError") or (last.module, last.function) != (STATES, "__getattr__"):
        return ""
    keys = {str(each) for one in failures for each in _texts(one)}
    for node in nodes_at(facts, frame):
        if isinstance(node, ast.Attribute) and dotted_name(node.value).rpartition(".")[2] == "state" and node.attr in keys:
            return node.attr
    return ""


def _texts(failure: Failure) -> tuple[object, ...]:
    arguments = failure.facts.get("args")
    return (failure.facts.get("name"), *(arguments if isinstance(arguments, list) else ()))


def _setters(facts: Facts, name: str) -> Iterator[tuple[str, Function]]:
    """The own functions that give `….state.name` a value."""
    for file in facts.files_with(b".state.", name.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            stores = isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)
            if stores and isinstance(node, ast.Attribute) and dotted_name(node.value).endswith("state"):
                function = function_at(facts, file, node.lineno)
                if function is not None:
                    yield file, function


def _is_lifespan(function: Function) -> bool:
    return isinstance(function, ast.AsyncFunctionDef) and any(
        "asynccontextmanager" in ast.unparse(each) for each in function.decorator_list
    )


def _lifespan_off(facts: Facts) -> Option | None:
    """The option of the start command that switches the lifespan off."""
    start = facts.project.start
    found = options(start) if start is not None else ()
    return next((each for each in found if each.name == "--lifespan" and each.value == "off"), None)
