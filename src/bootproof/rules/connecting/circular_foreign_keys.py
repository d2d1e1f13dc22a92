"""Tables refer to each other in a circle and cannot be dropped

## What happens
SQLAlchemy raises `CircularDependencyError` below `drop_all`.

## Why the server cannot start
A table can be dropped when no other refers to it. Where two refer to each other, one of the foreign keys must
be dropped first, and for that it needs a name. To create them PostgreSQL needs none: `create_all` works.

## How to recognise it
The error came from SQLAlchemy's sorting of tables, and foreign keys of own models form a circle that none of
them leaves with `use_alter`.

## How it is fixed
One foreign key of the circle gets a name and `use_alter=True`: one whose column may be empty before others.

## Fix safety
Safe: the same constraint, added and dropped by a statement of its own.

## References
https://docs.sqlalchemy.org/en/20/core/constraints.html#use-alter
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import Attribute, all_attributes, column_name, foreign_key_calls, is_true
from bootproof.rules.engine._models import models
from bootproof.rules.reading import keyword
from bootproof.rules.registry import finding

CODE = "BP633"


@dataclass(frozen=True)
class _Edge:
    """A foreign key from one table to another."""

    table: str
    to: str
    column: Attribute
    call: ast.Call

    @property
    def may_be_empty(self) -> bool:
        """Whether its column takes NULL, as far as the class says."""
        said = ast.unparse(self.column.annotation) if self.column.annotation else ""
        nullable = self.column.option("nullable")
        return "None" in said or "Optional" in said or (nullable is not None and is_true(nullable))


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The foreign key of the circle that can best be left out at first."""
    for failure in symptom.failures:
        of_tables = any(each.module == "sqlalchemy.sql.ddl" for each in failure.frames)
        if not failure.is_a("sqlalchemy.exc.CircularDependencyError") or not of_tables:
            continue
        edges = list(_edges(facts))
        circle = [each for each in edges if each.table in _reached(each.to, edges) and each.table != each.to]
        if not circle:
            continue
        first = min(circle, key=lambda each: not each.may_be_empty)
        tables = ", ".join(f"`{each}`" for each in sorted({each.table for each in circle}))
        yield finding(
            __name__,
            f"{first.table}.{first.column.name}",
            file=first.column.file,
            line=first.column.line,
            end_line=first.column.statement.end_lineno,
            cause=f"the tables {tables} refer to each other in a circle, and no foreign key of it can be dropped first",
            explanation="A foreign key with a name and `use_alter` is added and dropped by itself.",
            related=tuple(Location(each.column.file, each.column.line) for each in circle if each is not first),
            data={"edge": first},
        )
        return


def _edges(facts: Facts) -> Iterator[_Edge]:
    for model in models(facts):
        for column in all_attributes(facts, model.file, model.node):
            for call, text in foreign_key_calls(column):
                if not is_true(keyword(call, "use_alter")):
                    yield _Edge(model.table, text.rpartition(".")[0].rpartition(".")[2], column, call)


def _reached(table: str, edges: list[_Edge]) -> set[str]:
    found, waiting = {table}, [table]
    while waiting:
        here = waiting.pop()
        new = {each.to for each in edges if each.table == here} - found
        found |= new
        waiting += new
    return found


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The foreign key with a name and `use_alter`."""
    edge = finding.data["edge"]
    assert isinstance(edge, _Edge)
    name = f"fk_{edge.table}_{column_name(edge.column)}"
    more = "True" if keyword(edge.call, "name") is not None else f'True, name="{name}"'
    made = add_argument(finding.file, facts.text(finding.file) or b"", edge.call, "use_alter", more)
    return Fix("let it be added and dropped by itself: `use_alter=True`", Safety.SAFE, (made,))
