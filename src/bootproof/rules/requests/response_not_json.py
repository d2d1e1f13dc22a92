"""A route returns what cannot be written as JSON

## What happens
The request answers 500: the value is out of JSON's range (`nan`, `inf`), or its type has no form in JSON.

## Why the server cannot start
The server starts. The route has done its work when its value is turned into a response, and that raises.

## How to recognise it
The exception came up while Starlette or FastAPI rendered or encoded a response, below no own code.

## How it is fixed
Not automatically: what a client is to see in the place of the value is for a person to say. `None` is JSON's
word for a number that is none; `allow_inf_nan=False` on a model's field refuses it earlier.

## Fix safety
There is no fix.

## References
https://www.rfc-editor.org/rfc/rfc8259#section-6, https://fastapi.tiangolo.com/tutorial/encoder/
"""

import ast
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.reading import dotted_name, text_of
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import handler_of

CODE = "BP816"
RENDERING = frozenset(
    {("starlette.responses", "render"), ("fastapi.encoders", "jsonable_encoder"), ("fastapi.routing", "serialize_response")}
)
NONE = frozenset({"nan", "inf"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The route whose value it is."""
    route = handler_of(symptom, facts)
    for failure in symptom.failures:
        if route is None or failure.own_frame is not None or not _rendering(failure):
            continue
        file, function = route
        returns = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        number = next((node for each in returns for node in ast.walk(each) if _is_no_number(node)), None)
        place = number or (returns[0] if len(returns) == 1 else function)
        what = "a float that is no number" if failure.is_a("ValueError") else "a value that JSON has no form for"
        yield finding(
            __name__,
            function.name,
            file=file,
            line=getattr(place, "lineno", function.lineno),
            cause=f"`{function.name}` returns {what}",
            explanation="JSON has neither `nan` nor `inf`; a person says what a client is to see instead, `None` for example."
            if failure.is_a("ValueError")
            else failure.message[:200],
        )
        return


def _rendering(failure: Failure) -> bool:
    """Whether it came up while a response was rendered or encoded."""
    if not failure.is_a("ValueError", "TypeError"):
        return False
    at = [(each.module, each.function) in RENDERING for each in failure.frames]
    behind = failure.frames[at.index(True) + 1 :] if any(at) else ()
    # json's own encoder refuses numbers and types; FastAPI's tries `dict()` and `vars()` before it gives up
    return any(at) and (not behind or behind[-1].module.startswith(("json", "fastapi.encoders", "starlette")))


def _is_no_number(node: ast.AST) -> bool:
    """`float("nan")`, `math.inf`, `numpy.nan`."""
    if isinstance(node, ast.Call) and dotted_name(node.func) == "float" and node.args:
        return (text_of(node.args[0]) or "").lower().strip("+-") in (*NONE, "infinity")
    return isinstance(node, ast.Attribute) and node.attr.lower() in NONE
