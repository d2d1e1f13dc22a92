"""A part of the path is declared as something that a path cannot hold

## What happens
FastAPI raises `AssertionError` at the endpoint's decorator.

## Why the server cannot start
A part of the path is one piece of text: FastAPI makes a number, a date, an enumeration of it, and no model, no
list and no dictionary. It is declared with `Path`, not with `Query` or `Body`.

## How to recognise it
FastAPI refused a parameter of the endpoint whose name stands in braces in the path, and that is annotated with
a model or a collection, or declared with another of FastAPI's functions.

## How it is fixed
`Query` and its like become `Path`. For a model nobody but a person knows whether the body is meant or another
type: there is no fix.

## Fix safety
Safe: the value comes from the path, where its name stands.

## References
https://fastapi.tiangolo.com/tutorial/path-params/
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._defaults import FIELDS, Parameter, analysed, parameters_read, shown
from bootproof.rules.application._paths import templates_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import meaning
from bootproof.rules.registry import finding

CODE = "BP416"
COLLECTIONS = frozenset({"list", "dict", "set", "tuple", "List", "Dict", "Set", "Tuple", "Sequence", "Mapping"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each such parameter of the endpoint."""
    for failure in symptom.failures:
        if not analysed(failure):
            continue
        names = set(_names(facts, failure))
        for each in parameters_read(facts, failure):
            other = _other(facts, each)
            if each.name in names and (other is not None or _is_complex(facts, each)):
                declared = f"is declared with `{ast.unparse(other.func)}`" if other is not None else "is no single piece of text"
                yield finding(
                    __name__,
                    f"{each.function.name}.{each.name}",
                    file=each.file,
                    line=each.argument.lineno,
                    cause=f"`{shown(facts, each)}` of `{each.function.name}` is a part of the path and {declared}",
                    data={"parameter": each},
                )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`Path` in the place of another of FastAPI's functions."""
    each = finding.data["parameter"]
    other = _other(facts, each) if isinstance(each, Parameter) else None
    if other is None or not isinstance(each, Parameter) or other.args:
        return None
    name, imports = known_as(facts, each.file, "fastapi", "Path")
    text = facts.text(each.file) or b""
    edits: tuple[AnyEdit, ...] = (*imports, replace_node(each.file, text, other.func, name))
    return Fix("declare it with `Path`", Safety.SAFE, edits)


def _names(facts: Facts, failure: Failure) -> Iterator[str]:
    for each in templates_at(facts, failure):
        yield from re.findall(r"{(\w+)(?::\w+)?}", each.value)


def _other(facts: Facts, each: Parameter) -> ast.Call | None:
    """The call of `Query`, `Body` and their like that declares it."""
    for call in (*each.metadata(facts), each.default):
        made = each.made(facts, call)
        if isinstance(call, ast.Call) and made in FIELDS and not made.endswith(".Path"):
            return call
    return None


def _is_complex(facts: Facts, each: Parameter) -> bool:
    annotation = each.argument.annotation
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).rpartition(".")[2] == "Annotated":
        annotation = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    if head is None:
        return False
    found = meaning(facts, each.file, head)
    last = found.last if found is not None else ast.unparse(head)
    if last in COLLECTIONS:
        return True
    return found is not None and isinstance(found.node, ast.ClassDef) and not _is_enumeration(found.node)


def _is_enumeration(node: ast.ClassDef) -> bool:
    return any(re.search(r"Enum\b|\bstr\b|\bint\b", ast.unparse(each)) for each in node.bases)
