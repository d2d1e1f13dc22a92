"""The path of a route does not begin with a slash, and no request ever reaches it

## What happens
`/users` answers 404, although `@app.get("users")` is there.

## Why the server cannot start
The server starts, and the route is registered. The path of a request always begins with `/`, which this one
does not match; FastAPI does not look at it when the route is declared.

## How to recognise it
The application's own document names a path without the slash, a request for it with the slash answered 404,
and a decorator of the project gives that path.

## How it is fixed
The slash is put before the path.

## Fix safety
Safe: nothing could be reached under the path as it stands.

## References
https://www.rfc-editor.org/rfc/rfc9112#section-3.2.1, https://www.starlette.io/routing/
"""

import re
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import routes

CODE = "BP817"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The decorator that gives the path."""
    asked = re.match(r"([A-Z]+) ([^/\s]\S*) answered 404$", symptom.note)
    if symptom.stage is not Stage.REQUESTS or symptom.chain or asked is None:
        return
    for each in routes(facts):
        if each.path == asked[2] and each.method in (asked[1].lower(), "api_route", "route"):
            yield finding(
                __name__,
                f"{asked[1]} {each.path}",
                file=each.file,
                line=each.literal.lineno,
                data={"literal": each.literal},
                cause=f"the path `{each.path}` does not begin with `/`, so that no request reaches `{each.function.name}`",
                explanation="The path of every request begins with a slash.",
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The slash."""
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, finding.data["literal"])  # type: ignore[arg-type]  # a node, put there above
    quote = re.match(rb"[rR]?('''|\"\"\"|'|\")", text[start:end])
    if quote is None:
        return None
    place = start + quote.end()
    return Fix("begin the path with `/`", Safety.SAFE, (edit(finding.file, text, place, place, "/"),))
