"""A module or an application is included where a router is meant

## What happens
`include_router(users)` raises `AttributeError` for an attribute that a module, or an application, does not
have.

## Why the server cannot start
`users` is the module; the router is an object inside it. An application is no router either.

## How to recognise it
FastAPI raised the error in `include_router`, and the argument of the project's own call is a module or an
application of the project.

## How it is fixed
Where the module has exactly one router, the call names it: `users.router`. An application is mounted.

## Fix safety
Safe for a module: there is no other router that could be meant. Where there are several, a person chooses.
Unsafe for an application: mounted, it answers by itself, with its own middleware and documentation.

## References
https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import app_of
from bootproof.rules.connecting._code import source
from bootproof.rules.reading import covers, dotted_name, keyword, meaning, own_frames
from bootproof.rules.registry import finding

CODE = "BP404"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The inclusion that names a module."""
    for failure in symptom.failures:
        if not failure.is_a("AttributeError") or not any(each.function == "include_router" for each in failure.frames):
            continue
        for frame in own_frames(failure)[:1]:
            tree = facts.syntax(frame.file)
            for call in ast.walk(tree) if tree else ():
                if (
                    not isinstance(call, ast.Call)
                    or not covers(call, frame.line)
                    or not dotted_name(call.func).endswith(".include_router")
                ):
                    continue
                given = keyword(call, "router") or (call.args[0] if call.args else None)
                found = meaning(facts, frame.file, given) if given is not None else None
                if given is None or found is None:
                    continue
                name = dotted_name(given)
                if app_of(facts, frame.file, given) is not None:
                    yield finding(
                        __name__,
                        name,
                        file=frame.file,
                        line=call.lineno,
                        cause=f"`{name}` is an application, and `include_router` takes a router",
                        data={"given": given, "call": call},
                    )
                    continue
                if not found.file or found.node is not None:
                    continue
                yield finding(
                    __name__,
                    name,
                    file=frame.file,
                    line=call.lineno,
                    cause=f"`{name}` is the module `{found.file}`, and `include_router` needs the router inside it",
                    data={"given": given, "module": found.file, "name": name},
                )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The module's only router; an application is mounted."""
    if "call" in finding.data:
        return _mounted(finding, facts)
    given, name = finding.data["given"], str(finding.data["name"])
    routers = [each for each in facts.project.routers if each.file == finding.data["module"]]
    if len(routers) != 1 or not isinstance(given, ast.expr):
        return None
    end = facts.span(finding.file, given)[1]
    text = facts.text(finding.file) or b""
    return Fix(
        f"include `{name}.{routers[0].name}`",
        Safety.SAFE,
        (edit(finding.file, text, end, end, f".{routers[0].name}"),),
    )


def _mounted(finding: Finding, facts: Facts) -> Fix | None:
    """`mount(prefix, application)`, where the call says nothing else."""
    call, given = finding.data["call"], finding.data["given"]
    if not isinstance(call, ast.Call) or not isinstance(given, ast.expr) or not isinstance(call.func, ast.Attribute):
        return None
    prefix = keyword(call, "prefix")
    if len(call.args) + len(call.keywords) > (1 if prefix is None else 2):
        return None
    path = '"/"' if prefix is None else source(facts, finding.file, prefix)
    new = f"{source(facts, finding.file, call.func.value)}.mount({path}, {source(facts, finding.file, given)})"
    return Fix(
        "mount it",
        Safety.UNSAFE,
        (replace_node(finding.file, facts.text(finding.file) or b"", call, new),),
        loses="middleware, handlers and documentation that the two would share",
    )
