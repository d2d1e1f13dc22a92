"""`TemplateResponse` is called in the old order: the name first

## What happens
`TemplateResponse("page.html", {"request": request})` raises `TypeError`.

## Why the server cannot start
The server starts; each page answers 500. The order `TemplateResponse(name, context)` was deprecated, and
the installed Starlette takes the request first.

## How to recognise it
The call at the project's own last frame gives the name first, or no request at all, and the installed
`TemplateResponse` asks for `request` as its first parameter.

## How it is fixed
The request goes first: `TemplateResponse(request, "page.html", …)`.

## Fix safety
Safe: the template gets the same context.

## References
https://www.starlette.io/templates/, https://www.starlette.io/release-notes/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, label, last_own, source
from bootproof.rules.registry import finding

CODE = "BP804"
CALLABLE = "starlette.templating:Jinja2Templates.TemplateResponse"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call in the old order."""
    for failure, frame in last_own(symptom):
        if not failure.is_a("TypeError", "AttributeError"):
            continue
        for call in calls_at(facts, frame):
            if called(call) != "TemplateResponse" or _request_first(call) or not _wants_request(facts):
                continue
            key = f"{label(facts, frame.file, frame.line)}:{_name(call)}"
            yield finding(
                __name__,
                key,
                file=frame.file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"call": call},
                cause="`TemplateResponse` takes the request first, and this call gives it inside the context",
                explanation="The order with the name first was deprecated; this Starlette has dropped it.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The request as the first argument, and no longer in a context that is written out."""
    call = finding.data["call"]
    assert isinstance(call, ast.Call)
    file, text = finding.file, facts.text(finding.file) or b""
    context = (
        call.args[1]
        if len(call.args) > 1
        else next((k.value for k in call.keywords if k.arg == "context"), None)
    )
    request = _request(context)
    if request is None:
        return None
    written = source(facts, file, request)
    if not call.args:
        return Fix("give the request", Safety.SAFE, (add_argument(file, text, call, "request", written),))
    start = facts.span(file, call.args[0])[0]
    edits: tuple[Edit, ...] = (edit(file, text, start, start, f"{written}, "),)
    assert isinstance(context, ast.Dict)
    if context.lineno == context.end_lineno and len(context.keys) > 1:
        kept = [
            f"{source(facts, file, key)}: {source(facts, file, value)}"
            if key
            else f"**{source(facts, file, value)}"
            for key, value in zip(context.keys, context.values, strict=True)
            if value is not request
        ]
        span = facts.span(file, context)
        edits = (*edits, edit(file, text, *span, "{" + ", ".join(kept) + "}"))
    elif len(context.keys) == 1 and len(call.args) == 2:
        before, behind = facts.span(file, call.args[0])[1], facts.span(file, context)[1]
        edits = (*edits, edit(file, text, before, behind, ""))
    return Fix("give the request first", Safety.SAFE, edits)


def _wants_request(facts: Facts) -> bool:
    accepted = [each for each in facts.accepts(CALLABLE) or () if each.name != "self"]
    return bool(accepted) and accepted[0].name == "request" and accepted[0].required


def _request_first(call: ast.Call) -> bool:
    given = any(each.arg == "request" for each in call.keywords)
    first = call.args[0] if call.args else None
    return given or (first is not None and _name(call) == "")


def _name(call: ast.Call) -> str:
    """The template's name, "" where the first argument is none."""
    first = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "name"), None)
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    second = call.args[1] if len(call.args) > 1 else None
    return ast.unparse(first) if first is not None and isinstance(second, ast.Dict) else ""


def _request(context: ast.expr | None) -> ast.expr | None:
    """The value under "request" of a context that is written out."""
    if not isinstance(context, ast.Dict):
        return None
    for key, value in zip(context.keys, context.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "request":
            return value
    return None
