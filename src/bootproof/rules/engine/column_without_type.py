"""A list or dictionary in a table model has no column type

## What happens
SQLModel raises `ValueError` while the class of the model is made: a list has no matching SQLAlchemy type.

## Why the server cannot start
SQLModel derives each column's type from the annotation. It knows one for numbers, text, dates; none for
`list` and `dict`.

## How to recognise it
SQLModel raised the error at the class, and a field of the class is a list or a dictionary and names no
column type.

## How it is fixed
The field says `sa_type=JSON`.

## Fix safety
Safe: there was no column yet, and JSON holds what a list or dictionary of plain values holds, on every
database.

## References
https://sqlmodel.tiangolo.com/,
https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.JSON
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, add_import, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import covers, dotted_name, named, own_frames
from bootproof.rules.registry import finding

CODE = "BP509"
_HOLDS = re.compile(r"^(?:typing\.)?(?:Optional\[)?(?:typing\.)?(?:list|dict)\b", re.IGNORECASE)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose fields have no column type."""
    for failure in symptom.failures:
        maps = bool(failure.frames) and failure.frames[-1].module.startswith("sqlmodel.")
        if not failure.is_a("ValueError", "TypeError") or not maps:
            continue
        for frame in own_frames(failure)[:1]:
            tree = facts.syntax(frame.file)
            for node in ast.walk(tree) if tree else ():
                if not isinstance(node, ast.ClassDef) or not covers(node, frame.line):
                    continue
                bare = [each for each in node.body if isinstance(each, ast.AnnAssign) and _is_bare(each)]
                if bare:
                    names = ", ".join(f"`{ast.unparse(each.target)}`" for each in bare)
                    yield finding(
                        __name__,
                        node.name,
                        file=frame.file,
                        line=bare[0].lineno,
                        cause=f"SQLModel knows no column type for {names} of `{node.name}`",
                        data={"fields": tuple(bare)},
                    )
                    return


def _is_bare(field: ast.AnnAssign) -> bool:
    if not _HOLDS.search(ast.unparse(field.annotation)):
        return False
    value = field.value
    if not isinstance(value, ast.Call):
        return True
    if dotted_name(value.func).rpartition(".")[2] != "Field":
        return False  # a Relationship has no column
    return not any(each.arg in ("sa_type", "sa_column") for each in value.keywords)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A JSON column for each of the fields."""
    fields, file = finding.data["fields"], finding.file
    text = facts.text(file) or b""
    if not isinstance(fields, tuple) or not any(
        each.name == "sa_type" for each in facts.accepts("sqlmodel:Field") or ()
    ):
        return None
    edits: list[AnyEdit] = []
    for each in fields:
        if isinstance(each.value, ast.Call):
            edits.append(add_argument(file, text, each.value, "sa_type", "JSON"))
        elif each.value is None:
            end = facts.span(file, each)[1]
            edits.append(edit(file, text, end, end, " = Field(sa_type=JSON)"))
        else:
            default = ast.unparse(each.value)
            edits.append(replace_node(file, text, each.value, f"Field(default={default}, sa_type=JSON)"))
    for name, home in (("Field", "sqlmodel"), ("JSON", "sqlalchemy")):
        if named(facts, file, name) is None:
            edits.append(add_import(file, text, f"from {home} import {name}"))
    return Fix(
        "store it as JSON: `sa_type=JSON`",
        Safety.SAFE,
        tuple(edits),
        rivals=(Rival("a table of its own with a relationship", "where the items are to be searched or joined"),),
    )
