"""A foreign key has another type than the column that it names

## What happens
The database refuses to create the table: the foreign key cannot be implemented (PostgreSQL's 42804).

## Why the server cannot start
A foreign key holds values of the column that it names; PostgreSQL compares no number with text.

## How to recognise it
The database refused a `CREATE TABLE` for a type, and a column of the own model of that table names a column
of another type in its foreign key. What the types are is read from both.

## How it is fixed
The column gets the type of the one that it names.

## Fix safety
Unsafe: the other column may be the one with the wrong type.

## References
https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import drop_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._answers import refusals
from bootproof.rules.connecting._importing import known_as, used_no_more
from bootproof.rules.engine._mapped import Attribute, all_attributes, column_name, foreign_keys, without
from bootproof.rules.engine._models import models
from bootproof.rules.engine._types import python_type, type_node
from bootproof.rules.reading import outside
from bootproof.rules.registry import finding

CODE = "BP635"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The columns of the refused table whose type is not that of what they name."""
    for refusal in refusals(symptom, "42804"):
        if "FOREIGN KEY" not in refusal.statement.upper():
            continue
        for model in models(facts):
            for column in all_attributes(facts, model.file, model.node) if model.table == refusal.table else ():
                if column.maker != "Field" and type_node(facts, column) is None:
                    continue  # SQLAlchemy takes the type of what the foreign key names, whatever the annotation
                for text in foreign_keys(column):
                    named = _named(facts, text)
                    kinds = (python_type(facts, column), python_type(facts, named)) if named else ("", "")
                    if named is None or not all(kinds) or kinds[0] == kinds[1]:
                        continue
                    yield finding(
                        __name__,
                        f"{model.name}.{column.name}",
                        file=column.file,
                        line=column.line,
                        end_line=column.statement.end_lineno,
                        cause=f"`{model.name}.{column.name}` is `{kinds[0]}`, and `{text}`, which it names, is `{kinds[1]}`",
                        explanation="A foreign key holds values of the column that it names.",
                        related=(Location(named.file, named.line, note=f"`{text}`"),),
                        data={"column": column, "named": named},
                    )
        return


def _named(facts: Facts, text: str) -> Attribute | None:
    """The own column behind "table.column"."""
    table, _, name = text.rpartition(".")
    for model in models(facts):
        if model.table == table.rpartition(".")[2]:
            return next((each for each in all_attributes(facts, model.file, model.node) if column_name(each) == name), None)
    return None


def _core(annotation: ast.expr | None) -> ast.expr | None:
    """The type in an annotation, without `Mapped`, `Optional` and `| None`."""
    inner = without(annotation, "Mapped", "Optional")
    if isinstance(inner, ast.BinOp):
        inner = next((each for each in (inner.left, inner.right) if not isinstance(each, ast.Constant)), None)
    return inner if isinstance(inner, ast.Name | ast.Attribute) else None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The type of the named column."""
    column, named = finding.data["column"], finding.data["named"]
    assert isinstance(column, Attribute) and isinstance(named, Attribute)
    text, edits = facts.text(column.file) or b"", list[AnyEdit]()
    old, new = _core(column.annotation), _core(named.annotation)
    given, other = type_node(facts, column), type_node(facts, named)
    if old is not None and new is not None:
        home = outside(facts, named.file, new)
        said, imports = ast.unparse(new), tuple[AnyEdit, ...]()
        if home:
            said, imports = known_as(facts, column.file, home.rpartition(".")[0], home.rpartition(".")[2])
        edits += [*imports, replace_node(column.file, text, old, said)]
        if given is not None and column.call is not None and given in column.call.args:
            edits.append(drop_argument(column.file, text, column.call, column.call.args.index(given)))
            edits += used_no_more(facts, column.file, given.func if isinstance(given, ast.Call) else given)
    elif given is not None and other is not None and column.annotation is None:
        made = other.func if isinstance(other, ast.Call) else other
        home = outside(facts, named.file, made)
        said, imports = known_as(facts, column.file, home.rpartition(".")[0], home.rpartition(".")[2]) if home else ("", ())
        if not said:
            return None
        edits += [*imports, replace_node(column.file, text, given, ast.unparse(other).replace(ast.unparse(made), said, 1))]
    if not edits:
        return None
    return Fix(
        "give it the type of the column that it names",
        Safety.UNSAFE,
        tuple(edits),
        loses=f"values of its own type; if that is right, `{named.owner.name}.{named.name}` must change instead",
        rivals=(Rival(f"change the type of `{named.owner.name}.{named.name}`", "where that one is wrong"),),
    )
