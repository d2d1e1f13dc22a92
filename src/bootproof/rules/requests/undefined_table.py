"""A table is used that nothing creates

## What happens
A query says that its table does not exist (PostgreSQL's 42P01).

## Why the server cannot start
On a database that is new, somebody must create the tables: migrations that run before the server, or
`create_all` when it starts. This project does neither for the table.

## How to recognise it
The database says that a table is missing, an own class declares it, and no `create_all` that the
application reaches could have created it.

## How it is fixed
With Alembic: run `alembic upgrade head` before the server, in whatever starts it; a person must write that
step. Without Alembic: `create_all` when the application starts.

## Fix safety
Unsafe: creating tables from the models at start is a choice. It never changes a table that is there.

## References
https://docs.sqlalchemy.org/en/20/core/metadata.html#creating-and-dropping-database-tables,
https://alembic.sqlalchemy.org/en/latest/tutorial.html
"""

import ast
from collections.abc import Iterable

from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.connecting._tables import creators, declared, missing_table, runs
from bootproof.rules.lifespan import at_start
from bootproof.rules.registry import finding

CODE = "BP803"
YIELDS_TO = ("BP613",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose table nothing creates."""
    table = missing_table(symptom)
    model = declared(table, facts) if table else None
    if model is None or any(runs(facts, file, statement) for file, statement in creators(facts)):
        return
    alembic = bool(facts.project.migrations)
    yield finding(
        __name__,
        "tables",
        file=model.file,
        line=model.line,
        data={"alembic": alembic},
        cause=f"`{model.name}` is stored in the table `{model.table}`, and nothing creates it"
        + (
            ": no start command runs `alembic upgrade head`" if alembic and not facts.project.prestart else ""
        ),
        explanation="Run `alembic upgrade head` before the server."
        if alembic
        else "Neither a migration nor `create_all` runs before the first query.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`create_all` at start, where an own lifespan and one async engine are at hand; nothing with Alembic."""
    if finding.data["alembic"]:
        return None
    target = facts.project.target
    engine, base = _engine(facts), _base(facts)
    tree = facts.syntax(target.file) if target else None
    if target is None or tree is None or engine is None or base is None:
        return None
    file = target.file
    edits: list[AnyEdit] = []
    said = []
    for module, name in (engine, base):
        bound, imports = (name, ()) if facts.file_of(module) == file else known_as(facts, file, module, name)
        said.append(bound)
        edits += imports
    run = f"await connection.run_sync({said[1]}.metadata.create_all)"
    added = at_start(facts, target, f"async with {said[0]}.begin() as connection:\n    {run}")
    if added is None:
        return None
    edits += added
    return Fix(
        "create the tables when the application starts",
        Safety.UNSAFE,
        tuple(edits),
        loses="the choice of migrations: later changes of a model reach no table that is there",
        rivals=(Rival("Alembic", "`alembic upgrade head` before the server"),),
    )


def _engine(facts: Facts) -> tuple[str, str] | None:
    """The module and name of the one asynchronous engine that a module body makes."""
    found = []
    for file in facts.files_with(b"create_async_engine"):
        tree = facts.syntax(file)
        for node in tree.body if tree is not None else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if (
                isinstance(target, ast.Name)
                and isinstance(value, ast.Call)
                and called(value) == "create_async_engine"
            ):
                found.append((facts.module_of(file), target.id))
    return found[0] if len(found) == 1 else None


def _base(facts: Facts) -> tuple[str, str] | None:
    """The module and name of the one declarative base, SQLModel's own where models use it."""
    found = []
    for file in facts.files_with(b"DeclarativeBase"):
        tree = facts.syntax(file)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.ClassDef) and any(
                "DeclarativeBase" in ast.unparse(base) for base in node.bases
            ):
                found.append((facts.module_of(file), node.name))
    if not found and facts.files_with(b"SQLModel", b"table"):
        return "sqlmodel", "SQLModel"
    return found[0] if len(found) == 1 else None
