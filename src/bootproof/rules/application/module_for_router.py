"""A module is included where its router is meant

## What happens
`include_router(users)` raises `AttributeError` for an attribute that a module does not have.

## Why the server cannot start
`users` is the module; the router is an object inside it.

## How to recognise it
FastAPI raised the error in `include_router`, and the argument of the project's own call is a module of the
project.

## How it is fixed
Where the module has exactly one router, the call names it: `users.router`.

## Fix safety
Safe: there is no other router that could be meant. Where there are several, a person chooses.

## References
https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
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
                if given is None or found is None or not found.file or found.node is not None:
                    continue
                name = dotted_name(given)
                yield finding(
                    __name__,
                    name,
                    file=frame.file,
                    line=call.lineno,
                    cause=f"`{name}` is the module `{found.file}`, and `include_router` needs the router inside it",
                    data={"given": given, "module": found.file, "name": name},
                )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The module's only router."""
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
