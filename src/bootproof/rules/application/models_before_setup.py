"""Models of Django's are imported before its applications are loaded

## What happens
`AppRegistryNotReady` at an import: applications are not loaded yet.

## Why the server cannot start
A model asks the registry of applications where it belongs. The registry is filled by `django.setup()`, which
`get_asgi_application()` and `get_wsgi_application()` call; what imports a model must come after that.

## How to recognise it
Django's registry raised, and the first own module of the traceback imports, at module level, what leads there; no
application that the registry is loading imports it itself.

## How it is fixed
The import goes behind the call that sets Django up, where the module has one as a statement of its own and uses the names
only after it; else `django.setup()` goes before the import.

## Fix safety
Safe: the same modules are imported, in the order that Django asks for. An application whose own package imports its
models is left to a person.

## References
https://docs.djangoproject.com/en/stable/ref/applications/#troubleshooting
https://channels.readthedocs.io/en/stable/installation.html
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import insert_statement_after, insert_statement_before
from bootproof.edits.source import line_start, line_stop, next_line
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._django import sets_up
from bootproof.rules.registry import finding

CODE = "BP464"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The import that comes too early."""
    for failure in symptom.failures:
        if not failure.is_a("django.core.exceptions.AppRegistryNotReady"):
            continue
        loading = [index for index, each in enumerate(failure.frames) if each.function == "populate"]
        rest = failure.frames[loading[-1] :] if loading else failure.frames
        frame = next((each for each in rest if each.own and each.function == "<module>"), None)
        if frame is None:
            continue
        inner = failure.own_frame
        where = "while Django loads the application" if loading else "before Django has loaded its applications"
        yield finding(
            __name__, f"{'loading' if loading else 'import'}:{frame.source}", file=frame.file, line=frame.line,
            cause=f"`{frame.file}` imports models {where}",
            related=(Location(inner.file, inner.line, note="asks the registry"),) if inner and inner != frame else (),
            data={"line": frame.line, "loading": bool(loading)},
        )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import moved behind the call, or `django.setup()` before it."""
    tree, text = facts.syntax(finding.file), facts.text(finding.file) or b""
    if tree is None or finding.data["loading"]:
        return None
    line = int(str(finding.data["line"]))
    at = next((each for each in tree.body if each.lineno <= line <= (each.end_lineno or each.lineno)), None)
    if at is None:
        return None
    after = [each for each in tree.body if each.lineno > at.lineno]
    call = next((each for each in after if sets_up(facts, finding.file, each)), None)
    if call is not None and isinstance(at, ast.Import | ast.ImportFrom) and not _used(at, after[: after.index(call) + 1]):
        start, end = facts.span(finding.file, at)
        first, last = line_start(text, start), next_line(text, end)
        code = text[first:last].decode("utf-8", "surrogateescape").rstrip("\r\n")
        if not text[:first].rstrip(b" \t").endswith((b"\n\n", b"\n\r\n")) or text[last : line_stop(text, last)].strip():
            gone = edit(finding.file, text, first, last, "")
        else:  # of the empty lines around it one goes with it
            gone = edit(finding.file, text, first, next_line(text, last), "")
        edits = (gone, insert_statement_after(finding.file, text, call, code))
        return Fix("import them after Django is set up", Safety.SAFE, edits)
    made = insert_statement_before(finding.file, text, at, "import django\n\ndjango.setup()")
    return Fix("set Django up before: `django.setup()`", Safety.SAFE, (made,))


def _used(statement: ast.Import | ast.ImportFrom, between: list[ast.stmt]) -> bool:
    """Whether statements use what an import binds."""
    bound = {(each.asname or each.name).partition(".")[0] for each in statement.names}
    return "*" in bound or any(
        isinstance(node, ast.Name) and node.id in bound for each in between for node in ast.walk(each)
    )
