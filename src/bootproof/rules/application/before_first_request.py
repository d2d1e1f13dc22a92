"""`before_first_request`, which Flask and Quart have no more

## What happens
`AttributeError` at the decorator: the application, or the blueprint, has no `before_first_request`.

## Why the server cannot start
The decorator was removed: what runs once belongs to the making of the application, and no signal says which of
several workers answers the first request.

## How to recognise it
The project asked an object of Flask's or Quart's for that attribute, and its class does not have it.

## How it is fixed
Flask runs the function before each request, and `functools.cache` lets it do its work once. Quart, which starts before it
serves, has `before_serving` for it.

## Fix safety
Safe: it runs once in each process, before the first request is answered, as it did. A function that gives something back,
or an asynchronous one of Flask's, is left to a person: what it gives back would be the answer to every request.

## References
https://flask.palletsprojects.com/en/stable/changes/#version-2-3-0
https://quart.palletsprojects.com/en/latest/reference/source/quart.app.html#quart.app.Quart.before_serving
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import insert_decorator
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.attributes import Missing, missing_attribute
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function
from bootproof.rules.registry import finding

CODE = "BP461"
REMOVED = ("before_first_request", "before_app_first_request")
# What each framework's own changes name in its place, asked for before it is used.
SERVING = ("before_serving", "before_app_serving")
REQUEST = {"before_first_request": "before_request", "before_app_first_request": "before_app_request"}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The decorator."""
    for failure in symptom.failures:
        missing = missing_attribute(facts, failure)
        if missing is None or missing.name not in REMOVED or missing.owner.partition(".")[0] not in ("flask", "quart"):
            continue
        function = _decorated(facts, missing)
        yield finding(
            __name__,
            function.name if function is not None else f"line-of-{missing.frame.function}",
            file=missing.frame.file,
            line=missing.node.lineno,
            cause=f"`{missing.owner_name}` has no `{missing.name}` any more",
            explanation="What runs once is not tied to a request any more.",
            data={"missing": missing, "function": function},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Another decorator."""
    missing, function = finding.data["missing"], finding.data["function"]
    if not isinstance(missing, Missing):
        return None
    serving = missing.first_present(facts, SERVING)
    if serving:
        return Fix(f"run it before serving: `{serving}`", Safety.SAFE, (missing.renamed(facts, serving),))
    request = missing.first_present(facts, (REQUEST[missing.name],))
    gives = any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(function)) if isinstance(
        function, Function
    ) else True  # fmt: skip
    if not request or gives or not isinstance(function, ast.FunctionDef) or function.args.args:
        return None
    cache, imports = known_as(facts, finding.file, "functools", "cache")
    once = insert_decorator(finding.file, facts.text(finding.file) or b"", function, cache, innermost=True)
    return Fix(f"run it once, before a request: `{request}`", Safety.SAFE, (*imports, missing.renamed(facts, request), once))


def _decorated(facts: Facts, missing: Missing) -> Function | None:
    tree = facts.syntax(missing.frame.file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, Function) and any(each is missing.node for each in node.decorator_list):
            return node
    return None
