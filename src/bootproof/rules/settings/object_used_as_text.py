"""An object of pydantic's that stands for a text is used as a text

## What happens
`'PostgresDsn' object has no attribute 'replace'`, `can only concatenate str (not "SecretStr") to str`, or
SQLAlchemy's "Expected string or URL object".

## Why the server cannot start
In pydantic 2 the URL types are no texts any more, and a secret never was one. They have no methods of `str`,
cannot be put together with one, and other libraries do not take them.

## How to recognise it
The attribute that is missing is one of `str`, and what lacks it is such an object; or the failing statement
joins, searches, cuts or hands on an expression that is one, and the error names its type or the standard
library raised it.

## How it is fixed
The text is asked for: `str(url)`, `secret.get_secret_value()`.

## Fix safety
Safe: it is the text that the code means.

## References
https://docs.pydantic.dev/latest/migration/, "Url and Dsn types in pydantic.networks no longer inherit from str"
"""

import ast
import sys
from collections.abc import Iterable, Iterator

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.attributes import missing_attribute
from bootproof.rules.kinds import seen_names
from bootproof.rules.reading import own_frames, statement_at
from bootproof.rules.registry import finding
from bootproof.rules.settings._texts import as_text, kind_of, text_of_kind

CODE = "BP317"
YIELDS_TO = ("BP304", "BP510")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The expressions of the failing statement that give such an object where a text is meant."""
    for failure in symptom.failures:
        if not failure.is_a("TypeError", "AttributeError", "ValueError", "sqlalchemy.exc.ArgumentError"):
            continue
        found = list(_asked(facts, failure) or _used(facts, failure))
        for file, node, kind in found:
            last = kind.rpartition(".")[2]
            yield finding(
                __name__,
                ast.unparse(node),
                file=file,
                line=node.lineno,
                end_line=node.end_lineno,
                cause=f"`{ast.unparse(node)}` is a `{last}` and no text",
                data={"node": node, "kind": kind},
            )
        if found:
            return


def _asked(facts: Facts, failure: Failure) -> list[tuple[str, ast.expr, str]]:
    """What was asked for an attribute that only texts have."""
    missing = missing_attribute(facts, failure)
    if missing is None or missing.kind != "instance" or not hasattr(str, missing.name):
        return []
    kind = missing.owner.replace(":", ".")
    return [(missing.frame.file, missing.node.value, kind)] if text_of_kind(facts, kind) is not None else []


def _used(facts: Facts, failure: Failure) -> Iterator[tuple[str, ast.expr, str]]:
    """What the statement at the own frame joins, searches, cuts or hands on."""
    frame = next(iter(own_frames(failure)), None)
    tree = facts.syntax(frame.file) if frame is not None else None
    statement = statement_at(tree, frame.line) if tree is not None and frame is not None else None
    if statement is None or frame is None:
        return
    names = seen_names(failure.facts)
    for node in dict.fromkeys(_meant_as_text(statement)):
        kind = kind_of(facts, frame.file, node, names)
        # no attribute of the error carries the object: that it is this one is taken from the message as data
        told = kind.rpartition(".")[2] in failure.message or _in_standard_library(failure)
        if kind and told and text_of_kind(facts, kind) is not None:
            yield frame.file, node, kind


def _in_standard_library(failure: Failure) -> bool:
    """Whether the standard library refused a type: it takes texts and knows none of pydantic's objects."""
    last = failure.frames[-1] if failure.frames else None
    top = last.module.partition(".")[0] if last is not None and not last.own else ""
    return failure.is_a("TypeError") and top in sys.stdlib_module_names


def _meant_as_text(statement: ast.stmt) -> Iterator[ast.expr]:
    for each in ast.walk(statement):
        if isinstance(each, ast.BinOp):
            yield from (each.left, each.right)
        elif isinstance(each, ast.Subscript):
            yield each.value
        elif isinstance(each, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in each.ops):
            yield from each.comparators
        elif isinstance(each, ast.Call):
            yield from each.args
            yield from (one.value for one in each.keywords)
            yield from (item for one in each.args if isinstance(one, ast.List | ast.Tuple) for item in one.elts)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The text of the object."""
    node, kind = finding.data["node"], str(finding.data["kind"])
    edits = as_text(facts, finding.file, node, kind) if isinstance(node, ast.expr) else ()
    return Fix("ask for its text", Safety.SAFE, edits) if edits else None
