"""SQL as a plain string where SQLAlchemy wants `text()`

## What happens
`execute("SELECT 1")` raises `ObjectNotExecutableError` on a connection, `ArgumentError` on a session.

## Why the server cannot start
Since 2.0 SQLAlchemy executes no plain strings. A start that asks its database something in this way ends
there; a health route that does so answers 500.

## How to recognise it
SQLAlchemy raised the error, and the call at the project's own last frame is given a string.

## How it is fixed
The string is wrapped: `text("SELECT 1")`, and `text` imported from `sqlalchemy`.

## Fix safety
Safe: it is what the call meant. A `:name` in the string becomes a bound parameter, as with `text`
everywhere.

## References
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "Implicit and Connectionless Execution"
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.python import wrap_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, label, last_own
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.registry import finding

CODE = "BP610"
METHODS = frozenset({"execute", "scalar", "scalars", "exec", "stream", "stream_scalars", "exec_driver_sql"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that was given a string."""
    for failure, frame in last_own(symptom):
        if not _refused_a_string(failure):
            continue
        for call in calls_at(facts, frame):
            if call.args and called(call) in METHODS and _is_text(call.args[0], facts, frame.file):
                said = called(call)
                yield finding(
                    __name__,
                    f"{label(facts, frame.file, frame.line)}:{said}:{_words(call.args[0])}",
                    file=frame.file,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    data={"node": call.args[0]},
                    cause=f"`{said}` is given SQL as a plain string, which SQLAlchemy does not execute",
                    explanation="Text must be declared as SQL with `text(…)`.",
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The string in `text(…)`."""
    node = finding.data["node"]
    assert isinstance(node, ast.expr)
    name, imports = known_as(facts, finding.file, "sqlalchemy", "text")
    around = wrap_node(finding.file, facts.text(finding.file) or b"", node, f"{name}(", ")")
    return Fix("declare the string as SQL with `text(…)`", Safety.SAFE, (*imports, *around))


def _refused_a_string(failure: Failure) -> bool:
    if failure.is_a("sqlalchemy.exc.ObjectNotExecutableError"):
        return True
    return failure.is_a("sqlalchemy.exc.ArgumentError") and bool(
        failure.frames and failure.frames[-1].module == "sqlalchemy.sql.coercions"
    )


def _is_text(node: ast.expr, facts: Facts, file: str) -> bool:
    """Whether an argument is a string: as written, put together, or a name that is given one in this file."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp):
        return _is_text(node.left, facts, file) or _is_text(node.right, facts, file)
    if not isinstance(node, ast.Name):
        return False
    tree = facts.syntax(file)
    given = [
        each.value
        for each in (ast.walk(tree) if tree else ())
        if isinstance(each, ast.Assign | ast.AnnAssign)
        and each.value is not None
        and any(
            isinstance(to, ast.Name) and to.id == node.id
            for to in getattr(each, "targets", [getattr(each, "target", None)])
        )
    ]
    return bool(given) and all(not isinstance(each, ast.Name) and _is_text(each, facts, file) for each in given)


def _words(node: ast.expr) -> str:
    """The first words of the statement, as a stable part of the key; never its values."""
    text = next(
        (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)),
        "",
    )
    if isinstance(node, ast.Name):
        return node.id
    return "-".join(re.findall(r"[A-Za-z_]+", text)[:3]).lower()
