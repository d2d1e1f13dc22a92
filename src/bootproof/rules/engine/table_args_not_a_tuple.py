"""`__table_args__` is neither a tuple nor a dictionary

## What happens
SQLAlchemy raises `ArgumentError` while the class of the model is made.

## Why the server cannot start
`__table_args__` holds the arguments of the table. One constraint in brackets is that constraint and no
tuple: the comma is missing. A list is no tuple either.

## How to recognise it
SQLAlchemy's declarative extension raised at the class, and what the class, or one that it derives from,
gives `__table_args__` is written as something else than a tuple or a dictionary.

## How it is fixed
The value becomes a tuple with that one item; a list becomes a tuple of the same items.

## Fix safety
Safe: the same constraints.

## References
https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#declarative-table-configuration
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import all_attributes, class_at
from bootproof.rules.registry import finding

CODE = "BP513"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The value that is no tuple."""
    for failure in symptom.failures:
        declares = failure.frames and failure.frames[-1].module.startswith("sqlalchemy.orm.decl")
        made = class_at(facts, failure) if declares and failure.is_a("sqlalchemy.exc.ArgumentError") else None
        for each in all_attributes(facts, *made) if made else ():
            value = each.statement.value
            if each.name == "__table_args__" and isinstance(value, ast.Call | ast.List | ast.Constant | ast.Set):
                yield finding(
                    __name__,
                    each.owner.name,
                    file=each.file,
                    line=each.line,
                    end_line=each.statement.end_lineno,
                    cause=f"`__table_args__` of `{each.owner.name}` is "
                    + ("a list" if isinstance(value, ast.List) else "one item and not a tuple of it"),
                    explanation="A tuple of one item is written with a comma.",
                    data={"value": value},
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The tuple."""
    value, text = finding.data["value"], facts.text(finding.file) or b""
    if isinstance(value, ast.List):
        start, end = facts.span(finding.file, value)
        last = ",)" if len(value.elts) == 1 and not text[start : end - 1].rstrip().endswith(b",") else ")"
        edits = edit(finding.file, text, start, start + 1, "("), edit(finding.file, text, end - 1, end, last)
        return Fix("write a tuple", Safety.SAFE, edits)
    if not isinstance(value, ast.Call):
        return None
    return Fix("write a tuple of one item", Safety.SAFE, _with_comma(finding.file, value, text, facts))


def _with_comma(file: str, value: ast.Call, text: bytes, facts: Facts) -> tuple[Edit, ...]:
    end = facts.span(file, value)[1]
    behind = text[end:].lstrip()
    if behind.startswith(b")"):
        return (edit(file, text, end, end, ","),)
    return wrap_node(file, text, value, "(", ",)")
