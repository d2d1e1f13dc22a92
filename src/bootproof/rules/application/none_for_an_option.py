"""A middleware is given `None` for an option that must be a collection

## What happens
The server seems to start and skips its lifespan; every request is answered with 500. The middleware raises
`TypeError` when it is built: it looks into `None`.

## Why the server cannot start
The option has a default of its own, and `None` is not it. Typical is `allow_origins=` from a variable that
nothing sets.

## How to recognise it
The `__init__` of the middleware's class raised `TypeError` while the application put its middleware together,
and the own call that adds it gives an option `None`, or what is `None` where nothing sets it.

## How it is fixed
An option that is `None` as written goes: the class's own default holds. Behind one that may be `None` stands
`or []`.

## Fix safety
Safe: nothing is allowed that was not named.

## References
https://www.starlette.io/middleware/#corsmiddleware
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import drop_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._middleware import Added, additions
from bootproof.rules.connecting._code import source
from bootproof.rules.origins import effective, origins
from bootproof.rules.reading import meaning
from bootproof.rules.registry import finding

CODE = "BP414"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every option of the middleware that failed which is, or may be, `None`."""
    for failure in symptom.failures:
        module = _failed_in(failure)
        for each in additions(facts) if module else ():
            if not _is_of(facts, each, module):
                continue
            for option in each.options:
                if _is_none(facts, each.file, option.value) and not _takes_none(facts, each, option.arg or ""):
                    named = source(facts, each.file, each.given)
                    yield finding(
                        __name__,
                        f"{named}.{option.arg}",
                        file=each.file,
                        line=option.lineno,
                        cause=f"`{named}` is given `None` as `{option.arg}`, and looks into it",
                        data={"added": each, "option": option},
                    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The class's own default, or an empty list."""
    added, option = finding.data["added"], finding.data["option"]
    if not isinstance(added, Added) or not isinstance(option, ast.keyword) or option.arg is None:
        return None
    text = facts.text(added.file) or b""
    if isinstance(option.value, ast.Constant):
        made: AnyEdit = drop_argument(added.file, text, added.call, option.arg)
        return Fix(f"leave `{option.arg}` to its default", Safety.SAFE, (made,))
    made = replace_node(added.file, text, option.value, f"{source(facts, added.file, option.value)} or []")
    return Fix("say `or []`", Safety.SAFE, (made,))


def _failed_in(failure: Failure) -> str:
    """The module of the class whose `__init__` failed while the middleware was put together."""
    last = failure.frames[-1] if failure.frames else None
    building = any(each.function == "build_middleware_stack" for each in failure.frames)
    wrong = last is not None and failure.is_a("TypeError") and building and last.function == "__init__"
    return last.module if wrong and last is not None else ""


def _is_of(facts: Facts, each: Added, module: str) -> bool:
    found = meaning(facts, each.file, each.given)
    if found is None:
        return False
    if not found.outside:
        return facts.module_of(found.file) == module
    owner, _, name = found.outside.rpartition(".")
    return str(facts.ask("origin", path=f"{owner}:{name}") or "").partition(":")[0] == module


def _takes_none(facts: Facts, each: Added, name: str) -> bool:
    """Whether the class says of its parameter that it may be `None`."""
    found = meaning(facts, each.file, each.given)
    owner, _, last = found.outside.rpartition(".") if found is not None else ("", "", "")
    accepted = facts.accepts(f"{owner}:{last}") if owner else None
    return any(one.name == name and ("None" in one.annotation or "Optional" in one.annotation) for one in accepted or ())


def _is_none(facts: Facts, file: str, value: ast.expr) -> bool:
    """Whether an expression is `None`: as written, as its name is given it, or as nothing sets the variable."""
    if isinstance(value, ast.Constant):
        return value.value is None
    found = meaning(facts, file, value)
    if found is not None and isinstance(found.node, ast.Constant):
        return found.node.value is None
    if isinstance(value, ast.BoolOp):
        return False
    return any(each.bare and effective(facts, each.variables) is None for each in origins(facts, file, value))
