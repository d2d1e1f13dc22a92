"""Tables are created before the models' module is imported

## What happens
`create_all` runs, no error is raised, and the first query says that its table does not exist.

## Why the server cannot start
A model is known to its metadata from the moment its module is imported. `create_all` creates what is known
when it is called, and nothing had imported that module by then.

## How to recognise it
The database says that a table is missing (PostgreSQL's 42P01), an own class declares the table, own code
calls `create_all`, and importing the application does not execute the module of that class, or only
afterwards.

## How it is fixed
The module is imported right before `create_all`. There the metadata is complete, so that the import cannot
become circular.

## Fix safety
Safe: it creates the tables that the models declare. Tables that are there already are left alone.

## References
https://sqlmodel.tiangolo.com/tutorial/create-db-and-table/, "Order matters"
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import insert_statement_before
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import function_at
from bootproof.rules.connecting._tables import Declared, creators, declared, imported_at_once, missing_table
from bootproof.rules.registry import finding

CODE = "BP613"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `create_all` that came before the import of the missing table's module."""
    table = missing_table(symptom)
    model = declared(table, facts) if table else None
    if model is None:
        return
    at_once = imported_at_once(facts)
    for file, statement in creators(facts):
        if file not in facts.reachable() or not _too_early(file, statement, model, at_once, facts):
            continue
        module = facts.module_of(model.file)
        yield finding(
            __name__,
            module,
            file=file,
            line=statement.lineno,
            end_line=statement.end_lineno,
            data={"statement": statement, "model": model},
            cause=f"`create_all` runs before `{module}`, which declares `{model.table}`, is imported",
            explanation="A model is known to its metadata from the moment its module is imported; "
            "`create_all` creates what is known when it is called.",
            related=(Location(model.file, model.line, note=f"declares `{model.table}`"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """An import of the module right before the call."""
    statement, model = finding.data["statement"], finding.data["model"]
    assert isinstance(statement, ast.stmt) and isinstance(model, Declared)
    module = facts.module_of(model.file)
    package, _, name = module.rpartition(".")
    written = f"from {package} import {name}" if package else f"import {name}"
    function = function_at(facts, finding.file, statement.lineno)
    if _binds(function or facts.syntax(finding.file), name):
        written += f" as _{name}"
    # before the block that opens the connection, in the body of the function itself
    body = function.body if function is not None else []
    outer = next((each for each in body if each.lineno <= statement.lineno <= (each.end_lineno or 0)), statement)
    text = facts.text(finding.file) or b""
    edit = insert_statement_before(finding.file, text, outer, f"{written}  # noqa: F401")
    return Fix(f"import `{module}` before the tables are created", Safety.SAFE, (edit,))


def _too_early(file: str, statement: ast.stmt, model: Declared, at_once: frozenset[str], facts: Facts) -> bool:
    """Whether nothing imports the model's module before the statement runs."""
    if model.file == file:
        # a model declared below a `create_all` of the same module's body
        return function_at(facts, file, statement.lineno) is None and statement.lineno < model.line
    function = function_at(facts, file, statement.lineno)
    module = facts.module_of(model.file)
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno < statement.lineno:
            base = getattr(node, "module", None) or ""
            names = {alias.name for alias in node.names} | {f"{base}.{alias.name}" for alias in node.names} | {base}
            if any(module == each or each.endswith(module.rpartition(".")[2]) for each in names if each):
                return False
    return function is None or model.file not in at_once


def _binds(scope: ast.AST | None, name: str) -> bool:
    for node in ast.walk(scope) if scope is not None else ():
        if isinstance(node, ast.Name) and node.id == name:
            return True
        if isinstance(node, ast.arg) and node.arg == name:
            return True
    return False
