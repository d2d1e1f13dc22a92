"""An annotation is read at run time, and its import is for type checkers alone

## What happens
The server may start, and `/openapi.json` and the requests of the endpoint fail; or the start ends with pydantic's
error that a type is not fully defined.

## Why the server cannot start
`if TYPE_CHECKING:` is never true at run time. With `from __future__ import annotations`, or in quotes, nothing
complains of the name until FastAPI resolves the annotation: it stays text, and a parameter becomes part of the
request.

## How to recognise it
pydantic says that a type is not defined, names it or the model that needs it, and an own endpoint or model has an
annotation of that name which only an import under `TYPE_CHECKING` binds.

## How it is fixed
The import is made at run time, beside the others.

## Fix safety
Safe: it is the import that the annotation means. Where it closes a circle of modules the start shows it, and
there is no fix.

## References
https://docs.python.org/3/library/typing.html#typing.TYPE_CHECKING
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import drop_import
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._paths import ROUTES
from bootproof.rules.connecting._importing import importing
from bootproof.rules.reading import Function, binds, top_level
from bootproof.rules.registry import finding

CODE = "BP419"
ERRORS = ("pydantic.errors.PydanticUserError", "pydantic.errors.PydanticUndefinedAnnotation", "NameError")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each name that pydantic misses and that a guarded import alone binds."""
    named = {word for each in symptom.failures if each.is_a(*ERRORS) for word in _words(each)}
    for file in facts.files_with(b"TYPE_CHECKING") if named else ():
        tree = facts.syntax(file)
        if tree is None or file not in facts.reachable():
            continue
        guarded = dict(_guarded(tree))
        for name in sorted(guarded):
            # pydantic names the name, or the model whose annotations it could not read
            reader = next((each for each in _readers(tree, name) if name in named or each.name in named), None)
            if reader is None:
                continue
            statement = guarded[name]
            yield finding(
                __name__,
                name,
                file=file,
                line=statement.lineno,
                cause=f"`{name}` is imported for type checkers alone, and `{reader.name}` needs it at run time",
                related=(Location(file, reader.lineno, note="reads the annotation"),),
                data={"statement": statement, "name": name},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import at run time."""
    statement, name = finding.data["statement"], str(finding.data["name"])
    if not isinstance(statement, ast.ImportFrom | ast.Import):
        return None
    alias = next(each for each in statement.names if (each.asname or each.name).partition(".")[0] == name)
    written = alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"
    if isinstance(statement, ast.ImportFrom):
        new = f"from {'.' * statement.level}{statement.module or ''} import {written}"
    else:
        new = f"import {written}"
    text = facts.text(finding.file) or b""
    edits = (drop_import(finding.file, text, statement, [alias.name]), importing(facts, finding.file, new))
    return Fix(f"import `{name}` at run time", Safety.SAFE, edits)


def _words(failure: Failure) -> set[str]:
    """The names that a message quotes: taken as data, and looked up among the guarded imports."""
    return {str(failure.facts.get("name") or ""), *re.findall(r"[A-Za-z_]\w*", failure.message)} - {""}


def _guarded(tree: ast.Module) -> Iterator[tuple[str, ast.ImportFrom | ast.Import]]:
    """What only imports under `TYPE_CHECKING` bind, with their statements."""
    guards = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"
    ]
    inside = {id(each) for guard in guards for each in ast.walk(guard)}
    elsewhere = {
        name for node in top_level(tree.body) if id(node) not in inside for name in binds(node)
    }
    for guard in guards:
        for node in guard.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from ((name, node) for name in binds(node) if name not in elsewhere)


def _readers(tree: ast.Module, name: str) -> Iterator[Function | ast.ClassDef]:
    """The endpoints and the classes with fields whose annotations name it."""
    for node in ast.walk(tree):
        annotations: list[ast.expr | None] = []
        if isinstance(node, Function) and any(_is_route(each) for each in node.decorator_list):
            annotations = [each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)]
            annotations.append(node.returns)
        elif isinstance(node, ast.ClassDef) and node.bases:
            annotations = [each.annotation for each in node.body if isinstance(each, ast.AnnAssign)]
        if isinstance(node, Function | ast.ClassDef) and any(_names(each, name) for each in annotations if each is not None):
            yield node


def _is_route(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ROUTES


def _names(annotation: ast.expr, name: str) -> bool:
    for each in ast.walk(annotation):
        quoted = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
        if (isinstance(each, ast.Name) and each.id == name) or re.search(rf"\b{re.escape(name)}\b", quoted):
            return True
    return False
