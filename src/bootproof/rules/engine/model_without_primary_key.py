"""A model has no primary key

## What happens
SQLAlchemy raises `ArgumentError` while the class of the model is made: its mapper could not assemble any
primary key columns.

## Why the server cannot start
SQLAlchemy tells objects apart by their primary key: a mapped class must have one, whatever its table says.

## How to recognise it
SQLAlchemy's mapper raised while it looked for the keys of a class, and neither the class nor what it derives
from marks a column as `primary_key`.

## How it is fixed
Where the class has a column `id` and does not say that it is the key, it says so. Else the class gets a
column `id` that is, written as its other columns are. The other repair, to mark columns that are there, is
a person's.

## Fix safety
Unsafe: which columns tell two rows apart is a choice, and a table that is there already must follow.

## References
https://docs.sqlalchemy.org/en/20/faq/ormconfiguration.html#how-do-i-map-a-table-that-has-no-primary-key
"""

import ast
from collections.abc import Iterable

from bootproof.edits.classes import first_in_body
from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import Attribute, all_attributes, class_at, is_column, keys
from bootproof.rules.registry import finding

CODE = "BP512"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class that has no key."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if not failure.is_a("sqlalchemy.exc.ArgumentError") or inner is None or inner.module != "sqlalchemy.orm.mapper":
            continue
        made = class_at(facts, failure)
        if made is None or keys(facts, *made) or any(each.name == "__mapper_args__" for each in all_attributes(facts, *made)):
            continue
        file, node = made
        columns = tuple(each for each in all_attributes(facts, file, node) if is_column(each))
        yield finding(
            __name__,
            node.name,
            file=file,
            line=node.lineno,
            end_line=node.end_lineno,
            cause=f"no column of the model `{node.name}` is its primary key",
            explanation="SQLAlchemy tells objects apart by their primary key.",
            data={"class": node, "columns": columns},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The column `id` as key."""
    node, columns = finding.data["class"], finding.data["columns"]
    assert isinstance(node, ast.ClassDef) and isinstance(columns, tuple)
    rivals = (Rival("mark the columns that tell two rows apart with `primary_key=True`", "several together may be the key"),)
    there = next((each for each in columns if each.name == "id"), None)
    made = _marked(there, facts) if there is not None else _added(finding.file, node, columns, facts)
    return Fix(
        "mark `id` as the primary key" if there is not None else "add a column `id` as the primary key",
        Safety.UNSAFE,
        made,
        loses="the choice of the key; a table that is there already needs a migration",
        rivals=rivals,
    )


def _marked(column: Attribute, facts: Facts) -> tuple[AnyEdit, ...]:
    text = facts.text(column.file) or b""
    if column.call is not None:
        return (add_argument(column.file, text, column.call, "primary_key", "True"),)
    name, imports = known_as(facts, column.file, "sqlalchemy.orm", "mapped_column")
    end = facts.span(column.file, column.statement)[1]
    return (*imports, edit(column.file, text, end, end, f" = {name}(primary_key=True)"))


def _added(file: str, node: ast.ClassDef, columns: tuple[Attribute, ...], facts: Facts) -> tuple[AnyEdit, ...]:
    wanted: tuple[tuple[str, str], ...]
    if any(each.arg == "table" for each in node.keywords):  # SQLModel
        wanted, code = (("sqlmodel", "Field"),), "id: int | None = {0}(default=None, primary_key=True)"
    elif any(each.annotation is not None for each in columns) or not columns:
        wanted = (("sqlalchemy.orm", "Mapped"), ("sqlalchemy.orm", "mapped_column"))
        code = "id: {0}[int] = {1}(primary_key=True)"
    else:
        wanted, code = (("sqlalchemy", "Column"), ("sqlalchemy", "Integer")), "id = {0}({1}, primary_key=True)"
    names: list[str] = []
    imports: list[AnyEdit] = []
    for module, name in wanted:
        bound, more = known_as(facts, file, module, name)
        names.append(bound)
        imports += more
    return (*imports, first_in_body(file, facts.text(file) or b"", node, code.format(*names)))
