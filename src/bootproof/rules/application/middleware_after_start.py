"""Middleware is added when the application has started already

## What happens
Starlette raises `RuntimeError` in `add_middleware`, in the lifespan or in a handler for the start.

## Why the server cannot start
The application puts its middleware together when the first scope arrives, and the lifespan is the first. What
is added then would never be asked.

## How to recognise it
`add_middleware` of Starlette raised the error, and the own statement that leads to it stands in a function that
the application runs at its start.

## How it is fixed
The statement moves behind the one that makes the application.

## Fix safety
Safe: it adds the same middleware, in time. Where the statement uses what only the function has, a person moves
it.

## References
https://www.starlette.io/middleware/#using-middleware
"""

import ast
import builtins
from collections.abc import Iterable
from textwrap import dedent

from bootproof.edits.python import drop_statement, insert_statement_after
from bootproof.edits.source import indentation
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import App, app_of, apps
from bootproof.rules.application._hooks import hooks
from bootproof.rules.application._lifespans import lifespan_of
from bootproof.rules.connecting._code import source
from bootproof.rules.reading import Function, binds, function_at, statement_at, top_level
from bootproof.rules.registry import finding

CODE = "BP413"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The statement that adds middleware at the start."""
    for failure in symptom.failures:
        frame = failure.own_frame
        tree = facts.syntax(frame.file) if frame is not None else None
        if frame is None or tree is None or not _refused(failure):
            continue
        function, statement = function_at(tree, frame.line), statement_at(tree, frame.line)
        app = _started(facts, frame, function)
        if function is None or statement is None:
            continue
        yield finding(
            __name__,
            f"{function.name}:{ast.unparse(statement)[:120]}",
            file=frame.file,
            line=statement.lineno,
            end_line=statement.end_lineno,
            cause=f"`{function.name}` adds middleware when the application has started already",
            explanation="An application puts its middleware together before it enters its lifespan.",
            data={"app": app, "statement": statement, "function": function},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The statement behind the one that makes the application."""
    app, statement, function = finding.data["app"], finding.data["statement"], finding.data["function"]
    tree, text = facts.syntax(finding.file), facts.text(finding.file) or b""
    if (
        not isinstance(app, App)
        or not isinstance(statement, ast.Expr)
        or not isinstance(function, Function)
        or tree is None
        or app.file != finding.file
        or not app.name
        or statement not in function.body  # under a condition it would not always be run
    ):
        return None
    code = _outside(facts, app, statement, function, tree)
    if code is None:
        return None
    edits = (
        drop_statement(finding.file, text, tree, statement),
        insert_statement_after(finding.file, text, app.statement, code),
    )
    return Fix(f"add it where `{app.name}` is made", Safety.SAFE, edits)


def _refused(failure: Failure) -> bool:
    last = failure.frames[-1]
    return failure.is_a("RuntimeError") and not last.own and last.function == "add_middleware"


def _started(facts: Facts, frame: Frame, function: Function | None) -> App | None:
    """The application whose start runs the function."""
    for app in apps(facts) if function is not None else ():
        lifespan = lifespan_of(facts, app)
        if lifespan is not None and lifespan.function is function:
            return app
        if any(each.function is function for each in hooks(facts, app)):
            return app
    return None


def _outside(facts: Facts, app: App, statement: ast.Expr, function: Function, tree: ast.Module) -> str | None:
    """The statement as it reads where the application is made; None where it uses what only the function has."""
    parameters = [each.arg for each in function.args.args]
    own = {each.id for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    known = {name for each in top_level(tree.body) for name in binds(each) if each.lineno <= app.statement.lineno}
    text = facts.text(app.file) or b""
    code = dedent(indentation(text, facts.span(app.file, statement)[0]) + source(facts, app.file, statement))
    for each in ast.walk(statement):
        if not isinstance(each, ast.Name):
            continue
        is_app = each.id == app.name or app_of(facts, app.file, each) is not None
        if each.id in parameters[:1] and each.id != app.name:
            if any(other.arg == app.name for other in function.args.args) or code.count(each.id) != 1:
                return None
            code = code.replace(each.id, app.name)  # the lifespan's parameter is this application
        elif not is_app and (each.id in own or each.id in parameters[1:] or (each.id not in known and not _builtin(each.id))):
            return None
    return None if any(isinstance(each, ast.Await | ast.Yield) for each in ast.walk(statement)) else code


def _builtin(name: str) -> bool:
    return hasattr(builtins, name)
