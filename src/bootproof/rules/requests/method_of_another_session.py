"""A session is asked for a method that only a session of another kind has

## What happens
`session.query(User)` or `session.exec(statement)` raises `AttributeError` on SQLAlchemy's asynchronous
session.

## Why the server cannot start
The server starts; the request answers 500. `query` belongs to the synchronous session, whose lazy results
cannot be awaited; `exec` belongs to SQLModel's own session class.

## How to recognise it
The project's own line asked an object of SQLAlchemy's `AsyncSession` for an attribute that its class does not
have, and that is one of the two.

## How it is fixed
A plain query becomes a statement: `(await session.execute(select(User))).scalars().all()`. Where the project
uses SQLModel's `select`, its sessions become SQLModel's; else `exec` becomes `scalars` or `execute`.

## Fix safety
Safe: the statement is the same. A query that is more than a plain chain is left to a person.

## References
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "ORM Query Unified with Core Select";
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.calls import add_argument
from bootproof.edits.imports import move_import
from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.attributes import missing_attribute
from bootproof.rules.connecting._code import function_at, parents
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import dotted_name, keyword, outside
from bootproof.rules.registry import finding
from bootproof.rules.requests._legacy_query import translated
from bootproof.rules.session_factories import ASYNC_SESSION, HOME, called_by
from bootproof.rules.turning import made_async

CODE = "BP806"
SQLMODELS = "sqlmodel.ext.asyncio.session"
WHOSE = {"query": "SQLAlchemy's synchronous session", "exec": "SQLModel's session"}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The method that is another session's; one finding for all such calls of a function."""
    for failure in symptom.failures:
        missing = missing_attribute(facts, failure)
        if missing is None or missing.name not in WHOSE or not missing.is_a(ASYNC_SESSION):
            continue
        function = function_at(facts, missing.frame.file, missing.frame.line)
        if function is None:
            continue
        yield finding(
            __name__,
            f"{function.name}:{missing.name}",
            file=missing.frame.file,
            line=missing.node.lineno,
            data={"function": function, "name": missing.name, "holder": dotted_name(missing.node.value)},
            cause=f"`{missing.name}` is a method of {WHOSE[missing.name]}, and this one is SQLAlchemy's `AsyncSession`",
            explanation="A query of an asynchronous session is a statement that is awaited."
            if missing.name == "query"
            else "SQLAlchemy's session has `execute` and `scalars`.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The statement awaited; SQLModel's session where the project's statements are SQLModel's."""
    function, name, holder = finding.data["function"], finding.data["name"], str(finding.data["holder"])
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and dotted_name(node.func.value) == holder
    ]
    file, turned = finding.file, made_async(facts, finding.file, function)
    if turned is None:
        return None
    if name == "query":
        above = parents(function)
        made = [translated(facts, file, each, above) for each in calls]
        if not all(made):
            return None
        edits: list[AnyEdit] = [*turned]
        for each in made:
            if each is not None:
                edits += [*each.imports, replace_node(file, facts.text(file) or b"", each.node, each.text)]
        return Fix("execute a statement and await it", Safety.SAFE, tuple(edits))
    if any(_is_sqlmodels_select(facts, file, function, each) for each in calls):
        changed = tuple(_sqlmodels_sessions(facts))
        return Fix("make SQLModel's sessions", Safety.SAFE, changed) if changed else None
    return Fix("ask SQLAlchemy's session", Safety.SAFE, tuple(_renamed(facts, file, function, each) for each in calls))


def _statement(function: ast.AST, call: ast.Call) -> ast.Call | None:
    """The `select(…)` that a call is given, written in place or the value of a name."""
    given = call.args[0] if call.args else None
    if isinstance(given, ast.Name):
        values = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == given.id for to in node.targets)
        ]
        given = values[-1] if values else None
    while isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and isinstance(given.func.value, ast.Call):
        given = given.func.value
    return given if isinstance(given, ast.Call) else None


def _is_sqlmodels_select(facts: Facts, file: str, function: ast.AST, call: ast.Call) -> bool:
    statement = _statement(function, call)
    return statement is not None and outside(facts, file, statement.func).partition(".")[0] == "sqlmodel"


def _renamed(facts: Facts, file: str, function: ast.AST, call: ast.Call) -> AnyEdit:
    statement = _statement(function, call)
    single = statement is not None and len(statement.args) == 1 and dotted_name(statement.func).endswith("select")
    end = facts.span(file, call.func)[1]
    return edit(file, facts.text(file) or b"", end - len("exec"), end, "scalars" if single else "execute")


def _sqlmodels_sessions(facts: Facts) -> Iterator[AnyEdit]:
    """The edits by which every asynchronous session of the project becomes SQLModel's, which is one too."""
    for file in facts.files_with(b"async"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        text, imported = facts.text(file) or b"", False
        for node in tree.body if tree is not None else ():
            from_home = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(HOME)
            if isinstance(node, ast.ImportFrom) and from_home and "AsyncSession" in [each.name for each in node.names]:
                imported = True
                yield move_import(file, text, node, {"AsyncSession": (SQLMODELS, "AsyncSession")})
        for call in ast.walk(tree) if tree is not None else ():
            makes = isinstance(call, ast.Call) and outside(facts, file, called_by(call)) == f"{HOME}.async_sessionmaker"
            if isinstance(call, ast.Call) and makes and keyword(call, "class_") is None:
                name, imports = ("AsyncSession", ()) if imported else known_as(facts, file, SQLMODELS, "AsyncSession")
                yield from imports
                yield add_argument(file, text, call, "class_", name)
