"""A migration creates an enumerated type that exists already

## What happens
`alembic upgrade` raises that the type already exists.

## Why the server cannot start
PostgreSQL's `ENUM` is a type of its own, beside the tables. `op.create_table` creates the type of an `Enum`
column with the table, without asking whether it is there: after an explicit `.create(…)` it is created
twice. The migrations run before the server.

## How to recognise it
PostgreSQL refused `CREATE TYPE … AS ENUM` (its code 42710) below a version file, and the statement there names
an `Enum` with the name of that type.

## How it is fixed
At the place that failed the column uses the type and does not create it: `postgresql.ENUM(…,
create_type=False)`. An explicit `.create(…)` that failed gets `checkfirst=True`.

## Fix safety
Safe: the type is there, created by what ran before.

## References
https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#sqlalchemy.dialects.postgresql.ENUM.params.create_type
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import in_migration
from bootproof.rules.connecting._code import assignment, called, calls_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import keyword, text_of
from bootproof.rules.registry import finding

CODE = "BP667"
DUPLICATE_OBJECT = "42710"
ENUMS = frozenset({"Enum", "ENUM"})
_CREATES = re.compile(r"CREATE TYPE (?:\"?\w+\"?\.)?\"?(?P<name>\w+)\"? AS ENUM", re.IGNORECASE)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `Enum` whose type is created once more."""
    statements = [str(each.facts["statement"]) for each in symptom.failures if each.facts.get("statement")]
    created = next((found for each in statements if (found := _CREATES.match(each.strip()))), None)
    for _failure, frame in in_migration(symptom, facts, DUPLICATE_OBJECT) if created is not None else ():
        for call, enum in _enums(facts, frame):
            name = text_of(keyword(enum, "name")) or ""
            if created is None or name != created["name"]:
                continue
            yield finding(
                __name__,
                name,
                file=frame.file,
                line=enum.lineno,
                end_line=enum.end_lineno,
                data={"enum": enum, "call": call},
                cause=f"the type `{name}` exists when `{called(call)}` creates it",
                explanation="An `Enum` column creates its type together with the table.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The type used, and not created."""
    enum, call, file = finding.data["enum"], finding.data["call"], finding.file
    assert isinstance(enum, ast.Call) and isinstance(call, ast.Call)
    text = facts.text(file) or b""
    if called(call) == "create":
        if keyword(call, "checkfirst") is not None:
            return None
        return Fix("create it where it is missing", Safety.SAFE, (add_argument(file, text, call, "checkfirst", "True"),))
    edits: list[AnyEdit] = [add_argument(file, text, enum, "create_type", "False")]
    if called(enum) == "Enum":
        name, imports = known_as(facts, file, "sqlalchemy.dialects", "postgresql")
        edits += [*imports, replace_node(file, text, enum.func, f"{name}.ENUM")]
    if keyword(enum, "create_type") is not None:
        return None
    return Fix("use the type without creating it", Safety.SAFE, tuple(edits))


def _enums(facts: Facts, frame: Frame) -> Iterator[tuple[ast.Call, ast.Call]]:
    """The calls at a frame that create a type, each with an `Enum` in it, given directly or by a name."""
    for call in calls_at(facts, frame):
        if called(call) in ("create_table", "add_column", "alter_column"):
            for node in ast.walk(call):
                enum = _named(facts, frame, node)
                if enum is not None:
                    yield call, enum
        elif called(call) == "create" and isinstance(call.func, ast.Attribute):
            enum = _named(facts, frame, call.func.value)
            if enum is not None:
                yield call, enum


def _named(facts: Facts, frame: Frame, node: ast.AST) -> ast.Call | None:
    if isinstance(node, ast.Name):
        given = assignment(facts.syntax(frame.file), node.id, frame.line)
        node = given.value if given is not None and given.value is not None else node
    return node if isinstance(node, ast.Call) and called(node) in ENUMS else None
