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

from bootproof.edits.python import insert_statement_before
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, known_as
from bootproof.rules.connecting._tables import creators, declared, missing_table
from bootproof.rules.registry import finding

CODE = "BP803"
YIELDS_TO = ("BP613",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose table nothing creates."""
    table = missing_table(symptom)
    model = declared(table, facts) if table else None
    if model is None or any(file in facts.reachable() for file, _statement in creators(facts)):
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
    """`create_all` at start, where an own lifespan and an asynchronous engine are at hand; nothing with Alembic."""
    if finding.data["alembic"]:
        return None
    target = facts.project.target
    engine, base = _engine(facts), _base(facts)
    tree = facts.syntax(target.file) if target else None
    if target is None or tree is None or engine is None or base is None:
        return None
    file, text = target.file, facts.text(target.file) or b""
    edits: list[AnyEdit] = []
    said = []
    for where, name in (engine, base):
        if where == file:
            said.append(name)
        else:
            bound, imports = known_as(facts, file, facts.module_of(where), name)
            said.append(bound)
            edits += imports
    owner = f"{said[1]}.metadata"
    body = f"async with {said[0]}.begin() as connection:\n    await connection.run_sync({owner}.create_all)"
    point = _lifespan(tree)
    if point is None:
        return None
    edits.append(insert_statement_before(file, text, point, body))
    return Fix(
        "create the tables when the application starts",
        Safety.UNSAFE,
        tuple(edits),
        loses="the choice of migrations: tables come from the models, and later changes of a model reach no table",
        rivals=(Rival("Alembic", "`alembic upgrade head` before the server"),),
    )


def _lifespan(tree: ast.Module) -> ast.stmt | None:
    """The `yield` of the module's own lifespan."""
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and any(
            "contextmanager" in ast.unparse(each) for each in node.decorator_list
        ):
            for each in node.body:
                if isinstance(each, ast.Expr) and isinstance(each.value, ast.Yield):
                    return each
    return None


def _engine(facts: Facts) -> tuple[str, str] | None:
    """The file and name of the one asynchronous engine that a module body makes."""
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
                found.append((file, target.id))
    return found[0] if len(found) == 1 else None


def _base(facts: Facts) -> tuple[str, str] | None:
    """The file and name of the one declarative base."""
    found = []
    for file in facts.files_with(b"DeclarativeBase"):
        tree = facts.syntax(file)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.ClassDef) and any(
                "DeclarativeBase" in ast.unparse(base) for base in node.bases
            ):
                found.append((file, node.name))
    return found[0] if len(found) == 1 else None
