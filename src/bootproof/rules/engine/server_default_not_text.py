"""A server default is a Python value and not SQL

## What happens
SQLAlchemy raises `ArgumentError` at the column: the default is a boolean, a number, a function.

## Why the server cannot start
`server_default` is SQL that the database runs. SQLAlchemy takes it as text or as an expression; it does not
guess how a Python value is written in SQL.

## How to recognise it
SQLAlchemy refused the type of an argument below an own call that passes `server_default` or
`server_onupdate` a literal, or a function that is not called.

## How it is fixed
A boolean becomes `true()` or `false()`, a number `text("0")`: SQLAlchemy's own expressions, which each
database is told in its words. `func.now` is called.

## Fix safety
Safe: the same value.

## References
https://docs.sqlalchemy.org/en/20/core/defaults.html#server-invoked-ddl-explicit-default-expressions
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import covers, outside, own_frames, text_of
from bootproof.rules.registry import finding

CODE = "BP516"
_CHECK = "assert_arg_type"  # where SQLAlchemy refuses an argument for its type
_ARGUMENTS = ("server_default", "server_onupdate")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The value that is no SQL."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if not failure.is_a("sqlalchemy.exc.ArgumentError") or inner is None or inner.function != _CHECK:
            continue
        for frame in own_frames(failure)[:2]:
            tree = facts.syntax(frame.file)
            for name, value in _passed(tree, frame.line) if tree else ():
                if _sql(value, facts, frame.file) is None:
                    continue
                yield finding(
                    __name__,
                    f"{frame.function}:{name}:{ast.unparse(value)[:40]}",
                    file=frame.file,
                    line=value.lineno,
                    cause=f"`{name}` is given `{ast.unparse(value)[:60]}`, which is a Python value and not SQL",
                    explanation="The database runs it: SQLAlchemy takes text or an expression.",
                    data={"value": value},
                )
                return


def _passed(tree: ast.Module, line: int) -> Iterable[tuple[str, ast.expr]]:
    """What is passed as a server default on a line, or in the class that starts there: by keyword, in a dictionary."""
    made = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef) and each.lineno == line]
    for node in ast.walk(made[0] if made else tree):
        line = getattr(node, "lineno", line) if made else line
        if isinstance(node, ast.keyword) and node.arg in _ARGUMENTS and covers(node.value, line):
            yield node.arg, node.value
        elif isinstance(node, ast.Call) and covers(node, line):
            yield from ((each.arg, each.value) for each in node.keywords if each.arg in _ARGUMENTS)
        elif isinstance(node, ast.Dict) and covers(node, line):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((text_of(key) or "", value) for key, value in pairs if text_of(key) in _ARGUMENTS)


def _sql(value: ast.expr, facts: Facts, file: str) -> tuple[str, str, str] | None:
    """The SQL for a value: module and name of what makes it, and what that is given; None where it is not known."""
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return "sqlalchemy", "true" if value.value else "false", ""
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
        return "sqlalchemy", "text", f'"{value.value}"'
    if isinstance(value, ast.Attribute) and outside(facts, file, value.value).rpartition(".")[2] == "func":
        return "", ast.unparse(value), ""
    return None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The value as SQL."""
    value = finding.data["value"]
    made = _sql(value, facts, finding.file) if isinstance(value, ast.expr) else None
    if made is None or not isinstance(value, ast.expr):
        return None
    module, name, given = made
    bound, imports = known_as(facts, finding.file, module, name) if module else (name, ())
    code = f"{bound}({given})"
    swapped = replace_node(finding.file, facts.text(finding.file) or b"", value, code)
    return Fix(f"write `{code}`", Safety.SAFE, (*imports, swapped))
