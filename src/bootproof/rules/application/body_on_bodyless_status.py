"""An endpoint answers with a status that has no body, and declares one

## What happens
FastAPI raises `AssertionError` at the endpoint's decorator.

## Why the server cannot start
An answer with status 204, 205, 304 or 1xx has no body. FastAPI takes the return annotation, or
`response_model`, for the model of a body.

## How to recognise it
FastAPI refused the route itself, its decorator names such a status, and the endpoint has a return annotation
or a `response_model`.

## How it is fixed
The decorator says `response_model=None`. What the function returns is not sent, as it never could be.

## Fix safety
Safe: no body can be sent with this status. Where the body was meant, another status is the better repair, and
a person's.

## References
RFC 9110, section 15.3.5; https://fastapi.tiangolo.com/tutorial/response-status-code/
"""

import ast
import re
from collections.abc import Iterable
from http import HTTPStatus

from bootproof.edits.python import add_argument, replace_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._parameters import endpoint_at
from bootproof.rules.reading import covers, dotted_name, keyword, meaning, own_frames
from bootproof.rules.registry import finding

CODE = "BP418"
BODYLESS = frozenset({*range(100, 200), 204, 205, 304})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The endpoint whose decorator names a status without a body."""
    for failure in symptom.failures:
        last = failure.frames[-1].module if failure.frames else ""
        endpoint = endpoint_at(facts, failure) if failure.is_a("AssertionError") and last == "fastapi.routing" else None
        frame = next(iter(own_frames(failure)), None)
        if endpoint is None or frame is None:
            continue
        file, function = endpoint
        for call in function.decorator_list:
            status = keyword(call, "status_code") if isinstance(call, ast.Call) and covers(call, frame.line) else None
            if not isinstance(call, ast.Call) or status is None or _number(facts, file, status) not in BODYLESS:
                continue
            if function.returns is None and keyword(call, "response_model") is None:
                continue
            yield finding(
                __name__,
                function.name,
                file=file,
                line=call.lineno,
                end_line=function.lineno,
                cause=f"`{function.name}` answers with `{ast.unparse(status)}`, which has no body, and declares one",
                data={"call": call},
            )


def _number(facts: Facts, file: str, node: ast.expr) -> int | None:
    """The status: a number, a constant of Starlette's (`HTTP_204_…`), a member of `http.HTTPStatus`, an own constant."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int) else None
    found = meaning(facts, file, node)
    if found is not None and isinstance(found.node, ast.expr) and found.node is not node:
        return _number(facts, found.file, found.node)
    names = dotted_name(node).split(".")
    known = next((each for each in names if each in HTTPStatus.__members__), "")
    written = re.match(r"HTTP_(\d{3})_", names[-1])
    return HTTPStatus[known].value if known else int(written[1]) if written else None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`response_model=None`."""
    call = finding.data["call"]
    if not isinstance(call, ast.Call):
        return None
    text = facts.text(finding.file) or b""
    given = keyword(call, "response_model")
    made = (
        add_argument(finding.file, text, call, "response_model", "None")
        if given is None
        else replace_argument(finding.file, text, call, "response_model", "None")
    )
    rivals = (Rival("answer with status 200", "then what the function returns is sent"),)
    return Fix("say `response_model=None`", Safety.SAFE, (made,), rivals=rivals)
