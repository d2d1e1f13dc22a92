"""A migration adds a column that may not be empty to a table that has rows

## What happens
`alembic upgrade` raises `NotNullViolation`: the column contains null values.

## Why the server cannot start
Rows that are there get nothing in the new column, and `nullable=False` forbids just that. The migrations run
before the server.

## How to recognise it
PostgreSQL refused a statement below a version file because of null values (its code 23502), and the call
there adds, or alters, a column with `nullable=False` and without `server_default`.

## How it is fixed
The column gets a `server_default` that suits its type: empty text, zero, false, now.

## Fix safety
Unsafe: the rows that are there get this value, and a person may want another.

## References
https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.add_column,
https://www.postgresql.org/docs/current/ddl-alter.html
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import in_migration
from bootproof.rules.connecting._code import called, calls_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import keyword, text_of
from bootproof.rules.registry import finding

CODE = "BP668"
NOT_NULL = "23502"
TEXT = frozenset({"String", "Text", "Unicode", "UnicodeText", "VARCHAR", "AutoString", "Enum"})
NUMBERS = frozenset({"Integer", "BigInteger", "SmallInteger", "Numeric", "Float", "Double", "DECIMAL", "INTEGER"})
MOMENTS = frozenset({"DateTime", "Date", "Time", "TIMESTAMP"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that adds the column."""
    for _failure, frame in in_migration(symptom, facts, NOT_NULL):
        for call in calls_at(facts, frame):
            column = _column(call)
            if column is None or keyword(column, "server_default") is not None:
                continue
            forbids = keyword(column, "nullable")
            if not isinstance(forbids, ast.Constant) or forbids.value is not False:
                continue
            name = text_of(column.args[0] if column is not call and column.args else _second(call)) or "the column"
            yield finding(
                __name__,
                name,
                file=frame.file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"column": column, "added": column is not call},
                cause=f"`{name}` may not be empty, and the table has rows that have nothing in it",
                explanation="Rows that are there get the column's `server_default`, and it has none.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A default for the rows that are there."""
    column, file, text = finding.data["column"], finding.file, facts.text(finding.file) or b""
    assert isinstance(column, ast.Call)
    kind = column.args[1] if len(column.args) > 1 and finding.data["added"] else keyword(column, "type_")
    word = ast.unparse(kind.func if isinstance(kind, ast.Call) else kind).rpartition(".")[2] if kind is not None else ""
    imports: tuple[AnyEdit, ...] = ()
    if word in TEXT and word != "Enum":
        value = '""'
    elif word in NUMBERS:
        value = '"0"'
    elif word in MOMENTS or word == "Boolean":
        name, imports = known_as(facts, file, "sqlalchemy", "func" if word in MOMENTS else "false")
        value = f"{name}.now()" if word in MOMENTS else f"{name}()"
    else:
        return None
    return Fix(
        f"give the rows that are there `{value}`",
        Safety.UNSAFE,
        (*imports, add_argument(file, text, column, "server_default", value)),
        loses=f"the choice of a value: rows that are there get `{value}`",
        rivals=(Rival("add it nullable, fill it, then forbid null", "where each row needs a value of its own"),),
    )


def _column(call: ast.Call) -> ast.Call | None:
    """The column that a call adds, or the call itself where it alters one."""
    if called(call) == "alter_column":
        return call
    inner = [each for each in call.args if isinstance(each, ast.Call) and called(each) == "Column"]
    return inner[0] if called(call) == "add_column" and inner else None


def _second(call: ast.Call) -> ast.expr | None:
    return call.args[1] if len(call.args) > 1 else keyword(call, "column_name")
