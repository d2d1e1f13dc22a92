"""The return annotation of an endpoint is no response model

## What happens
FastAPI raises `FastAPIError` ("Invalid args for response field") at the endpoint's decorator.

## Why the server cannot start
FastAPI takes the return annotation for the response model. pydantic knows no field of a database model, a
session or another plain class.

## How to recognise it
FastAPI raised the error while it made the route itself, not while it read the parameters, and the endpoint
has a return annotation and no `response_model`.

## How it is fixed
The decorator says `response_model=None`: the annotation is then for people and type checkers alone, and the
returned value is encoded as it is.

## Fix safety
Safe: no response model has ever held here. A response model of one's own, which also filters what is sent,
is the better repair, and a person's.

## References
https://fastapi.tiangolo.com/tutorial/response-model/#disable-response-model
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._parameters import endpoint_at
from bootproof.rules.reading import Function, covers, keyword, own_frames
from bootproof.rules.registry import finding

CODE = "BP403"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The endpoint whose return annotation FastAPI cannot take."""
    for failure in symptom.failures:
        if not failure.is_a("fastapi.exceptions.FastAPIError"):
            continue
        if any(each.module == "fastapi.dependencies.utils" for each in failure.frames):
            continue  # a parameter
        found = endpoint_at(facts, failure)
        frame = next(iter(own_frames(failure)), None)
        if found is None or frame is None:
            continue
        file, function = found
        call = next(
            (each for each in function.decorator_list if isinstance(each, ast.Call) and covers(each, frame.line)),
            None,
        )
        if function.returns is None or call is None or keyword(call, "response_model") is not None:
            continue
        yield finding(
            __name__,
            function.name,
            file=file,
            line=function.lineno,
            cause=f"FastAPI takes what `{function.name}` returns, `{ast.unparse(function.returns)}`, for its model",
            explanation="pydantic knows no field of this annotation.",
            data={"call": call, "function": function},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`response_model=None` in the decorator."""
    call, function = finding.data["call"], finding.data["function"]
    if not isinstance(call, ast.Call) or not isinstance(function, Function):
        return None
    text = facts.text(finding.file) or b""
    return Fix(
        "say `response_model=None`",
        Safety.SAFE,
        (add_argument(finding.file, text, call, "response_model", "None"),),
        rivals=(Rival("declare a pydantic model of the answer", "it also filters what is sent"),),
    )
