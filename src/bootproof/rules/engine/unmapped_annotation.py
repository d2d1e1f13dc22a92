"""A column of a model is annotated without `Mapped`

## What happens
SQLAlchemy raises `MappedAnnotationError` while the class of the model is made.

## Why the server cannot start
A declarative class of SQLAlchemy 2 reads its annotations. `id: int = mapped_column(…)` says that the
attribute is an integer, which on the class it is not: it is a mapped attribute, `Mapped[int]`.

## How to recognise it
SQLAlchemy's declarative extension raised the error at the class, and columns or relationships of the class
have annotations that are neither `Mapped` nor `ClassVar`.

## How it is fixed
The annotations of its columns and relationships are put into `Mapped[…]`.

## Fix safety
Safe: the same types. What `Mapped` says of `None` is what the annotation said.

## References
https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#orm-declarative-mapped-column
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_import, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import covers, named, outside, own_frames
from bootproof.rules.registry import finding

CODE = "BP508"
_MAPPED = ("mapped_column", "Column", "relationship", "column_property")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose annotations are refused."""
    for failure in symptom.failures:
        declares = any(each.module.startswith("sqlalchemy.orm.decl") for each in failure.frames)
        if not failure.is_a("sqlalchemy.exc.ArgumentError") or not declares:
            continue
        for frame in own_frames(failure)[:1]:
            tree = facts.syntax(frame.file)
            for node in ast.walk(tree) if tree else ():
                if not isinstance(node, ast.ClassDef) or not covers(node, frame.line):
                    continue
                bare = [
                    each for each in node.body if isinstance(each, ast.AnnAssign) and _is_bare(facts, frame.file, each)
                ]
                if bare:
                    names = ", ".join(f"`{ast.unparse(each.target)}`" for each in bare)
                    yield finding(
                        __name__,
                        node.name,
                        file=frame.file,
                        line=bare[0].lineno,
                        end_line=bare[-1].end_lineno,
                        cause=f"`{node.name}` annotates {names} without `Mapped`",
                        data={"columns": tuple(bare)},
                    )
                    return


def _is_bare(facts: Facts, file: str, column: ast.AnnAssign) -> bool:
    if not isinstance(column.value, ast.Call):
        return False
    made = outside(facts, file, column.value.func)
    if not made.startswith("sqlalchemy.") or made.rpartition(".")[2] not in _MAPPED:
        return False
    text = ast.unparse(column.annotation)
    return "Mapped[" not in text and "ClassVar" not in text


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The annotations inside `Mapped`."""
    columns = finding.data["columns"]
    text = facts.text(finding.file) or b""
    if not isinstance(columns, tuple):
        return None
    edits: list[AnyEdit] = []
    for each in columns:
        edits += wrap_node(finding.file, text, each.annotation, "Mapped[", "]")
    if named(facts, finding.file, "Mapped") is None:
        edits.append(add_import(finding.file, text, "from sqlalchemy.orm import Mapped"))
    return Fix("put the annotations into `Mapped[…]`", Safety.SAFE, tuple(edits))
