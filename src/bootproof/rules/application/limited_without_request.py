"""A limited endpoint does not take the request that its limiter looks for

## What happens
slowapi raises its exception while the module is imported, at the decorator of the endpoint.

## Why the server cannot start
`@limiter.limit(…)` counts by what the request says, and takes the request from the endpoint's own parameter:
it must have one called `request` (or `websocket`).

## How to recognise it
slowapi raised the exception at the decorator of an own function, and that function has no such parameter.

## How it is fixed
The function gets `request: Request` as its first parameter.

## Fix safety
Safe: FastAPI and Starlette pass it by themselves.

## References
https://slowapi.readthedocs.io/en/latest/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, covers, own_frames
from bootproof.rules.registry import finding

CODE = "BP421"
WANTED = ("request", "websocket")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The function that the limiter refused."""
    for failure in symptom.failures:
        frame = next(iter(own_frames(failure)), None)
        if frame is None or not failure.frames[-1].module.startswith("slowapi."):
            continue
        tree = facts.syntax(frame.file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, Function) or not any(covers(each, frame.line) for each in node.decorator_list):
                continue
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            if not set(names) & set(WANTED):
                yield finding(
                    __name__,
                    node.name,
                    file=frame.file,
                    line=node.lineno,
                    cause=f"`{node.name}` is limited by what the request says, and has no parameter `request`",
                    data={"function": node},
                )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`request: Request` as the first parameter."""
    function = finding.data["function"]
    if not isinstance(function, Function):
        return None
    text = facts.text(finding.file) or b""
    name, imports = known_as(facts, finding.file, "fastapi" if facts.installed("fastapi") else "starlette.requests", "Request")
    start = text.index(b"(", facts.span(finding.file, function)[0]) + 1
    more = ", " if ast.unparse(function.args) else ""
    edits: tuple[AnyEdit, ...] = (*imports, edit(finding.file, text, start, start, f"request: {name}{more}"))
    return Fix("take the request", Safety.SAFE, edits)
