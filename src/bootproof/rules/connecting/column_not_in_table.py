"""A model has a column that its table has not

## What happens
A query or an insert says that a column does not exist (PostgreSQL's 42703).

## Why the server cannot start
The table was created otherwise than the model says: by a migration that is behind, by SQL, or by an earlier
form of the model. `create_all` creates tables that are missing; it never changes one that is there.

## How to recognise it
The database names a column and its table, and an own model of that table has the column.

## How it is fixed
By a person: a migration adds the column (`alembic revision --autogenerate` writes it), or the statement that
creates the table says it.

## Fix safety
No automatic fix: what the rows that are there hold in the new column is a choice.

## References
https://docs.sqlalchemy.org/en/20/core/metadata.html#altering-database-objects-through-migrations,
https://alembic.sqlalchemy.org/en/latest/autogenerate.html
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Location
from bootproof.model.symptom import Symptom
from bootproof.rules.connecting._answers import Refusal, refusals, statement_of
from bootproof.rules.engine._mapped import Attribute, all_attributes, column_name, is_column
from bootproof.rules.engine._models import Model, models
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP636"
_PAIR = re.compile(r'"?(\w+)"?\."?(\w+)"?')
# SQLite has one code for every mistake in a statement: only its message says which
_OF_SQLITE = re.compile(r"no such column: |table (\w+) has no column named (\w+)")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The column of the model."""
    of_sqlite = [
        Refusal(each, statement_of(symptom))
        for each in symptom.failures
        if each.is_a("sqlite3.OperationalError") and _OF_SQLITE.match(each.message)
    ]
    for refusal in (*refusals(symptom, "42703"), *of_sqlite):
        for model, column in _named(refusal, facts):
            by_migration = bool(facts.project.migrations)
            yield finding(
                __name__,
                f"{model.table}.{column.name}",
                file=column.file,
                line=column.line,
                cause=f"the model `{model.name}` has a column `{column_name(column)}`, and its table `{model.table}` has not",
                explanation="A migration must add it: `alembic revision --autogenerate` writes one."
                if by_migration
                else "`create_all` creates tables that are missing and changes none that is there.",
                related=tuple(Location(file, line, note="creates the table") for file, line in _created(model.table, facts)),
            )
            return


def _named(refusal: Refusal, facts: Facts) -> Iterator[tuple[Model, Attribute]]:
    """The own columns that the refusal names, with their table: `users.name`, both in quotes, or the column alone."""
    said = _OF_SQLITE.match(refusal.message)
    pairs = {(_table(refusal, table), column) for table, column in _PAIR.findall(refusal.message)}
    pairs |= {(said[1], said[2])} if said and said[1] else set()
    alone = {refusal.message[said.end() :]} if said and not said[1] else set(refusal.quoted)
    for model in models(facts):
        for column in all_attributes(facts, model.file, model.node):
            name = column_name(column)
            both = name in alone and (model.table in refusal.quoted or model.table == refusal.table)
            if is_column(column) and ((model.table, name) in pairs or both):
                yield model, column


def _table(refusal: Refusal, name: str) -> str:
    """The table that the statement calls so (`FROM days AS days_1`), else the name itself."""
    alias = rf'(?:FROM|JOIN|UPDATE|INTO|,)\s+(?:"?\w+"?\.)?"?(\w+)"?\s+(?:AS\s+)?"?{re.escape(name)}"?(?!\w)'
    found = re.search(alias, refusal.statement, re.IGNORECASE)
    return found[1] if found else name


def _created(table: str, facts: Facts) -> Iterator[tuple[str, int]]:
    """Where own code creates the table by SQL, or by a migration."""
    said = re.compile(rf"create\s+table\s+(?:if\s+not\s+exists\s+)?(?:\w+\.)?\"?{re.escape(table)}\b", re.IGNORECASE)
    for file in facts.files_with(table.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            call = node if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "create_table" else None
            by_migration = call is not None and call.args and text_of(call.args[0]) == table
            if by_migration or said.search(text_of(node) or ""):
                yield file, getattr(node, "lineno", 1)
