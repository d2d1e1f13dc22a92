"""What a start inserts is there already

## What happens
The database refuses an insert while the server starts: its key is unique and taken (PostgreSQL's 23505).

## Why the server cannot start
A start that inserts a row unasked works once. The second start, a second worker, or another part of the same
start finds the row there.

## How to recognise it
An insert was refused for a unique key during the start, not by a request, and own code around it adds an
object of the model of that table.

## How it is fixed
The object is added where none with its key is there. That needs the key's values in the code.

## Fix safety
Safe: the row is there afterwards in either case, and one that is there stays as it is.

## References
https://docs.sqlalchemy.org/en/20/orm/session_basics.html#get-by-primary-key
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node
from bootproof.edits.source import indentation
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting._answers import refusals
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import all_attributes, column_name, keys
from bootproof.rules.engine._models import Model, models
from bootproof.rules.reading import Function, assigned, function_at, meaning, own_frames
from bootproof.rules.registry import finding

CODE = "BP637"
_KEY = re.compile(r"Key \(([^)]+)\)=")  # of the server's DETAIL: no attribute of every driver carries it


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The object that is added again."""
    if symptom.stage in (Stage.REQUESTS, Stage.SHUTDOWN):
        return
    for refusal in refusals(symptom, "23505"):
        model = next((each for each in models(facts) if each.table == refusal.table), None)
        key = _KEY.search(refusal.failure.message)
        if model is None or key is None:
            continue
        columns = [each.strip().strip('"') for each in key[1].split(",")]
        for file, function, statement, made in _added(model, symptom, facts):
            yield finding(
                __name__,
                f"{model.name}:{','.join(columns)}:{function.name}",
                file=file,
                line=statement.lineno,
                end_line=statement.end_lineno,
                cause=f"`{function.name}` adds a `{model.name}` at each start, and one with its "
                + " and ".join(f"`{each}`" for each in columns)
                + " is there already",
                explanation="A second start, or a second worker, finds what the first one inserted.",
                data={"model": model, "columns": tuple(columns), "function": function, "statement": statement, "made": made},
            )
            return


def _added(model: Model, symptom: Symptom, facts: Facts) -> Iterator[tuple[str, Function, ast.Expr, ast.Call]]:
    """The statements `session.add(…)` around the failure that add an object of the model, and what makes it."""
    frames = [frame for failure in symptom.failures for frame in own_frames(failure)]
    for frame in frames:
        tree = facts.syntax(frame.file)
        function = function_at(tree, frame.line) if tree else None
        for each in ast.walk(function) if function else ():
            call = each.value if isinstance(each, ast.Expr) else None
            if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") != "add" or len(call.args) != 1:
                continue
            given: ast.expr = call.args[0]
            if isinstance(given, ast.Name) and function is not None:
                body = [one for one in ast.walk(function) if isinstance(one, ast.stmt)]
                values = [value for one in body for name, value in assigned(one) if name == given.id]
                given = values[-1] if values else given
            made = meaning(facts, frame.file, given.func) if isinstance(given, ast.Call) else None
            if made is not None and made.node is model.node and function is not None and isinstance(each, ast.Expr):
                assert isinstance(given, ast.Call)  # it has a `func`
                yield frame.file, function, each, given


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The object where none with its key is there."""
    model, function, statement, made = (finding.data[name] for name in ("model", "function", "statement", "made"))
    columns = finding.data["columns"]
    assert isinstance(model, Model) and isinstance(columns, tuple) and isinstance(made, ast.Call)
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and isinstance(function, Function)
    names = {column_name(each): each.name for each in all_attributes(facts, model.file, model.node)}
    given = {each.arg: each.value for each in made.keywords}
    values = [(names.get(each, each), given.get(names.get(each, each))) for each in columns]
    if any(not isinstance(value, ast.Constant | ast.Name | ast.Attribute) for _, value in values):
        return None
    assert isinstance(statement.value.func, ast.Attribute)
    session = ast.unparse(statement.value.func.value)
    waits = any(isinstance(each, ast.Await) and ast.unparse(each.value).startswith(f"{session}.") for each in ast.walk(function))
    edits: list[AnyEdit] = []
    key = [each.name for each in keys(facts, model.file, model.node)]
    said = ast.unparse(made.func)
    if [name for name, _ in values] == key:
        told = ", ".join(ast.unparse(value) for _, value in values if value)
        asked = f"{session}.get({said}, {told if len(key) == 1 else f'({told})'})"
    else:
        select, imports = known_as(facts, finding.file, "sqlalchemy", "select")
        edits += imports
        where = ", ".join(f"{said}.{name} == {ast.unparse(value)}" for name, value in values if value)
        asked = f"{session}.scalar({select}({said}).where({where}))"
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, statement)
    inner = indentation(text, start) + "    "
    source = text[start:end].decode("utf-8", "surrogateescape").replace("\n", "\n    ")
    condition = f"await {asked}" if waits else asked
    edits.append(replace_node(finding.file, text, statement, f"if {condition} is None:\n{inner}{source}"))
    rival = Rival("insert it in a migration", "migrations run once")
    return Fix("add it only where it is not there yet", Safety.SAFE, tuple(edits), rivals=(rival,))
