"""A foreign key names a table that no model has

## What happens
SQLAlchemy raises `NoReferencedTableError` when it creates the tables or configures its mappers.

## Why the server cannot start
A foreign key names a table, not a class: `users.id`, where the model `User` says `__tablename__ = "users"`.
The table must belong to a model whose module has been imported.

## How to recognise it
The error carries the table's name, and a foreign key of the project names it.

## How it is fixed
Where a model that nothing imports has the table, it is imported where the models are. Where the name is
that of a model's class, or near the name of one table, the foreign key names that table.

## Fix safety
Safe for the import, and where the name is a class's own. Unsafe for a name that is merely near.

## References
https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys
"""

import ast
import difflib
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._models import imported_with_models, models
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP507"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The first foreign key that names the table."""
    for failure in symptom.failures:
        table = failure.facts.get("table_name")
        if not failure.is_a("sqlalchemy.exc.NoReferencedTableError") or not isinstance(table, str):
            continue
        places = list(_naming(facts, table))
        if not places:
            continue
        file, node = places[0]
        homes = [each for each in models(facts) if each.table == table]
        yield finding(
            __name__,
            table,
            file=file,
            line=node.lineno,
            cause=f"a foreign key names the table `{table}`, "
            + (
                f"and nothing imports `{homes[0].file}`, whose model has it" if homes else "and no model has that table"
            ),
            explanation="A foreign key names a table, as `__tablename__` spells it.",
            related=tuple(Location(other, each.lineno) for other, each in places[1:]),
            data={"table": table},
        )
        return


def _naming(facts: Facts, table: str) -> Iterator[tuple[str, ast.Constant]]:
    for file in facts.files_with(table.encode() + b"."):
        tree = facts.syntax(file)
        for call in ast.walk(tree) if tree else ():
            if not isinstance(call, ast.Call):
                continue
            given = [
                *(call.args[:1] if "ForeignKey" in ast.unparse(call.func) else ()),
                *(each.value for each in call.keywords if each.arg == "foreign_key"),
            ]
            for node in given:
                if isinstance(node, ast.Constant) and (text_of(node) or "").rpartition(".")[0] == table:
                    yield file, node


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import of the model's module, or the table's right name."""
    table = str(finding.data["table"])
    known = list(models(facts))
    homes = [each for each in known if each.table == table]
    if homes:
        edits = imported_with_models(facts, homes[0], finding.file) if len(homes) == 1 else ()
        return Fix(f"import `{homes[0].name}` where the models are imported", Safety.SAFE, edits) if edits else None
    called = [each.table for each in known if each.name.lower() == table.lower()]
    near = difflib.get_close_matches(table, sorted({each.table for each in known}), 1, 0.7)
    names = called if len(called) == 1 else near
    if not names:
        return None
    changes = []
    for file, node in _naming(facts, table):
        text = facts.text(file) or b""
        start, end = facts.span(file, node)
        at = text.find(table.encode() + b".", start, end)
        if at >= 0:
            changes.append(edit(file, text, at, at + len(table.encode()), names[0]))
    sure = len(called) == 1
    return Fix(
        f"name the table `{names[0]}`",
        Safety.SAFE if sure else Safety.UNSAFE,
        tuple(changes),
        loses="" if sure else "nothing, if this table is meant",
    )
