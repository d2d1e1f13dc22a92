"""One column object belongs to two tables

## What happens
SQLAlchemy raises `ArgumentError` while the second model is made: the column is already assigned to a table.

## Why the server cannot start
`sa_column=Column(…)` in a base class is one object. Every model that derives from the class gets that
object, and a column belongs to one table.

## How to recognise it
SQLAlchemy's column refused a second table while SQLModel made a class, and a class that it derives from has
a field with a `sa_column`.

## How it is fixed
The field says what its column is made of (`sa_type`, `nullable`, `index`, …), so that SQLModel makes one
for each table.

## Fix safety
Safe: the same type and the same arguments, those that a `Column` has by default written out.

## References
https://github.com/fastapi/sqlmodel/issues/370
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import used_no_more
from bootproof.rules.engine._mapped import Attribute, attributes, class_at
from bootproof.rules.reading import keyword, lineage, text_of
from bootproof.rules.registry import finding

CODE = "BP519"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The fields of base classes that hold a column."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if not failure.is_a("sqlalchemy.exc.ArgumentError") or inner is None or inner.module != "sqlalchemy.sql.schema":
            continue
        made = class_at(facts, failure)
        for file, base in list(lineage(facts, *made))[1:] if made else ():
            held = tuple(
                each
                for each in attributes(facts, file, base)
                if each.maker == "Field" and isinstance(each.option("sa_column"), ast.Call)
            )
            if held and made:
                yield finding(
                    __name__,
                    base.name,
                    file=file,
                    line=held[0].line,
                    cause="the column of "
                    + ", ".join(f"`{each.name}`" for each in held)
                    + f" of `{base.name}` is one object for every model that derives from it",
                    explanation="A column belongs to one table. A field that says its type gets one for each.",
                    related=(Location(made[0], made[1].lineno, note="the second table"),),
                    data={"held": held},
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The fields without the objects."""
    held = finding.data["held"]
    edits: list[AnyEdit] = []
    for each in held if isinstance(held, tuple) else ():
        column = each.option("sa_column")
        written = _described(each, column, facts) if isinstance(column, ast.Call) else None
        place = next((one for one in each.call.keywords if one.arg == "sa_column"), None) if each.call else None
        if written is None or place is None or not isinstance(column, ast.Call):
            return None
        start, end = facts.span(finding.file, place)
        edits.append(edit(finding.file, facts.text(finding.file) or b"", start, end, written))
        edits += used_no_more(facts, finding.file, column.func)
    return Fix("say what the column is made of: `sa_type`", Safety.SAFE, tuple(edits)) if edits else None


def _described(field: Attribute, column: ast.Call, facts: Facts) -> str | None:
    """The arguments of `Field` that make such a column; None for what they cannot say."""
    text = facts.text(field.file) or b""
    direct = {each.name for each in facts.accepts("sqlmodel:Field") or ()}

    def source(node: ast.expr) -> str:
        start, end = facts.span(field.file, node)
        return text[start:end].decode("utf-8", "surrogateescape")

    found, handed = {}, {}
    for each in column.args:
        foreign = isinstance(each, ast.Call) and ast.unparse(each.func).rpartition(".")[2] == "ForeignKey"
        if text_of(each) is not None:
            handed["name"] = source(each)
        elif isinstance(each, ast.Call) and foreign and len(each.args) == 1:
            found["foreign_key"] = source(each.args[0])
            for more in each.keywords:
                if more.arg != "ondelete" or "ondelete" not in direct:
                    return None
                found["ondelete"] = source(more.value)
        elif "sa_type" not in found and isinstance(each, ast.Name | ast.Attribute | ast.Call):
            found["sa_type"] = source(each)
        else:
            return None
    for given in column.keywords:
        if given.arg is None:
            return None
        (found if given.arg in direct - {"default"} else handed)[given.arg] = source(given.value)
    if keyword(column, "primary_key") is None:
        found.setdefault("nullable", "True")  # what a column is that says nothing
    pairs = ", ".join(f'"{name}": {code}' for name, code in handed.items())
    return ", ".join([*(f"{name}={code}" for name, code in found.items()), *([f"sa_column_kwargs={{{pairs}}}"] if pairs else [])])
