"""A method of the application is gone, and another way to the same is there

## What happens
`app.add_event_handler(…)`, or the decorator `@app.route(…)`, raises `AttributeError` while the module is
imported.

## Why the server cannot start
Starlette 1.0 removed the decorators, and FastAPI keeps some methods on its router alone.

## How to recognise it
The project's own line asks an application of Starlette or FastAPI for the attribute, the application does not
have it, and its router does, or the application has the method that such a decorator stood for.

## How it is fixed
Where the application's router has it, the router is asked: `app.router.add_event_handler(…)`. A decorator
becomes the call that it stood for, behind the function, where the application has that method:
`app.add_route(path, function)`, `app.add_exception_handler(…)`, `app.add_middleware(BaseHTTPMiddleware,
dispatch=function)`.

## Fix safety
Safe: it is what the removed method did.

## References
https://www.starlette.io/release-notes/
"""

import ast
from collections.abc import Iterable
from dataclasses import replace

from bootproof.edits.making import edit
from bootproof.edits.python import drop_decorator, insert_statement_after
from bootproof.edits.source import line_ending
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import APPLICATION
from bootproof.rules.attributes import Missing, missing_attribute
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function
from bootproof.rules.registry import finding

CODE = "BP409"
YIELDS_TO = ("BP410",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The attribute that the application does not have."""
    for failure in symptom.failures:
        missing = missing_attribute(facts, failure)
        if missing is None or not missing.is_a(APPLICATION) or not _was_there(facts, missing):
            continue
        written = source(facts, missing.frame.file, missing.node)
        yield finding(
            __name__,
            f"{written}:{_told_apart(missing, facts)}",
            file=missing.frame.file,
            line=missing.node.lineno,
            cause=f"`{missing.owner_name}` of the installed version has no `{missing.name}`",
            explanation="Its router has it." if "router" in missing.held_by else "",
            data={"missing": missing},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The router's method, or the call that the decorator stood for."""
    missing = finding.data["missing"]
    if not isinstance(missing, Missing):
        return None
    file, text = finding.file, facts.text(finding.file) or b""
    if "router" in missing.held_by:
        end = facts.span(file, missing.node.value)[1]
        edits: list[AnyEdit] = [edit(file, text, end, end, ".router")]
        return Fix(f"ask the router for `{missing.name}`", Safety.SAFE, tuple(edits))
    decorated = _decorated(facts, missing)
    adding = missing.first_present(facts, [f"add_{missing.name}"])
    if decorated is None or not adding:
        return None
    decorator, function = decorated
    call, imports = _call(facts, file, missing, decorator, function, adding)
    behind = insert_statement_after(file, text, function, call)
    if not function.col_offset:
        behind = replace(behind, new=2 * line_ending(text) + behind.new)
    return Fix(f"register it with `{adding}`", Safety.SAFE, (*imports, drop_decorator(file, text, decorator), behind))


def _was_there(facts: Facts, missing: Missing) -> bool:
    """Whether the application offers the same in another way: any other attribute may never have been its own."""
    return "router" in missing.held_by or bool(missing.first_present(facts, [f"add_{missing.name}"]))


def _call(
    facts: Facts, file: str, missing: Missing, decorator: ast.Call, function: Function, adding: str
) -> tuple[str, tuple[AnyEdit, ...]]:
    """The statement behind the function, and the imports that it needs."""
    on = source(facts, file, missing.node.value)
    if adding == "add_middleware":
        base, imports = known_as(facts, file, "starlette.middleware.base", "BaseHTTPMiddleware")
        return f"{on}.{adding}({base}, dispatch={function.name})", imports
    given = [source(facts, file, each) for each in decorator.args]
    named = [source(facts, file, each) for each in decorator.keywords]
    return f"{on}.{adding}({', '.join([*given[:1], function.name, *given[1:], *named])})", ()


def _decorated(facts: Facts, missing: Missing) -> tuple[ast.Call, Function] | None:
    """The decorator that asks for the attribute, and the function that it decorates."""
    tree = facts.syntax(missing.frame.file)
    for node in ast.walk(tree) if tree is not None else ():
        for each in node.decorator_list if isinstance(node, Function) else ():
            if isinstance(node, Function) and isinstance(each, ast.Call) and each.func is missing.node:
                return each, node
    return None


def _told_apart(missing: Missing, facts: Facts) -> str:
    """What tells two such calls in one file apart: the function that is decorated, else the call as written."""
    decorated = _decorated(facts, missing)
    if decorated is not None:
        return decorated[1].name
    tree = facts.syntax(missing.frame.file)
    calls = [node for node in (ast.walk(tree) if tree is not None else ()) if isinstance(node, ast.Call)]
    return next((ast.unparse(each)[:120] for each in calls if each.func is missing.node), "")
