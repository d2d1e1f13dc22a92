"""A table exists when the migration that creates it runs

## What happens
`alembic upgrade` raises that the relation already exists.

## Why the server cannot start
Two mechanisms make the same tables: `create_all`, in a script that runs before or in a module that `env.py`
imports, and the migrations. `create_all` leaves no note of what it made, so that Alembic begins at its first
revision. Or two version files create the same table.

## How to recognise it
PostgreSQL refused a statement below a version file because of a table that is there (its code 42P07), in a
database that was empty when the start began, and own code that ran by then calls `create_all`, or another
version file creates the table.

## How it is fixed
The call of `create_all` goes: the migrations make the tables.

## Fix safety
Unsafe: tables that no migration makes are then made by nobody.

## References
https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting._alembic import env_of, in_migration
from bootproof.rules.connecting._code import called, calls_at, function_at
from bootproof.rules.connecting._tables import creators
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP666"
DUPLICATE_TABLE = "42P07"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `create_all` that came first, or the other migration."""
    for _failure, frame in in_migration(symptom, facts, DUPLICATE_TABLE):
        table = next((name for call in calls_at(facts, frame) if (name := _created(call))), "")
        migration = Location(frame.file, frame.line, note=f"creates `{table}`")
        for file, call in _twice(facts, frame, table):
            yield finding(
                __name__,
                f"{table}:migrations",
                file=frame.file,
                line=frame.line,
                cause=f"two migrations create the table `{table}`",
                explanation="The second finds it there.",
                related=(Location(file, call.lineno, note="creates it as well"),),
            )
            return
        for file, statement in creators(facts):
            if symptom.stage is not Stage.PRESTART or not _ran(file, statement, facts):
                continue
            yield finding(
                __name__,
                f"{table}:create_all",
                file=file,
                line=statement.lineno,
                end_line=statement.end_lineno,
                data={"statement": statement},
                cause=f"`create_all` makes `{table}` before the migration that creates it",
                explanation="It leaves no note, so that Alembic begins at its first revision.",
                related=(migration,),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The start without `create_all`."""
    statement = finding.data.get("statement")
    if not isinstance(statement, ast.stmt):
        return None
    edit = replace_node(finding.file, facts.text(finding.file) or b"", statement, "pass  # the migrations make the tables")
    return Fix(
        "leave the tables to the migrations",
        Safety.UNSAFE,
        (edit,),
        loses="tables that no migration makes",
        rivals=(Rival("`alembic stamp head` after `create_all`", "where the tables are as the last migration has them"),),
    )


def _created(call: ast.Call) -> str | None:
    return text_of(call.args[0]) if called(call) == "create_table" and call.args else None


def _twice(facts: Facts, frame: Frame, table: str) -> Iterator[tuple[str, ast.Call]]:
    """The other calls that create the table, in version files beside this one."""
    folder = frame.file.rpartition("/")[0]
    for file in facts.files_with(b"create_table", table.encode()) if table else ():
        tree = facts.syntax(file) if file.rpartition("/")[0] == folder else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and _created(node) == table:
                function = function_at(facts, file, node.lineno)
                here = file == frame.file and node.lineno <= frame.line <= (node.end_lineno or node.lineno)
                if not here and (function is None or function.name != "downgrade"):
                    yield file, node


def _ran(file: str, statement: ast.stmt, facts: Facts) -> bool:
    """Whether a statement ran before the migrations: at the top of a module, or in a script that is run before."""
    named = {word for each in facts.project.prestart for word in each.argv}
    script = file in named or facts.module_of(file) in named or any(file.endswith(f"/{word}") for word in named)
    if script:
        return True
    imports = [facts.text(env_of(each)) or b"" for each in facts.project.migrations]
    module = facts.module_of(file).encode()
    return function_at(facts, file, statement.lineno) is None and any(module in text for text in imports)
