"""The folder of an SQLite database does not exist

## What happens
The first connection raises `OperationalError`: SQLite cannot open the database file.

## Why the server cannot start
SQLite makes the file of a database, and never the folder that is to hold it. Git keeps no empty folders, so
that it is there for the person who made it and nowhere else.

## How to recognise it
SQLite could not open a file (its code 14, which Python tells since 3.11), and the path of an SQLite URL, or
the path that the project's own line passes to `connect`, lies in a folder that the project does not have.

## How it is fixed
The folder is made before the first connection, with `Path(…).mkdir(parents=True, exist_ok=True)`.

## Fix safety
Safe: SQLite makes the database there as it would have.

## References
https://www.sqlite.org/rescode.html#cantopen,
https://docs.python.org/3/library/pathlib.html#pathlib.Path.mkdir
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from bootproof.edits.python import insert_statement_after, insert_statement_before
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.origins import effective, origins
from bootproof.rules.reading import assigned, outside, statement_at, text_of
from bootproof.rules.registry import finding

CODE = "BP606"
CANTOPEN = 14
URL = re.compile(r"sqlite(?:\+\w+)?:///(?P<path>[^?]+)")
MAKERS = frozenset({"create_engine", "create_async_engine"})
CONNECTS = frozenset({"sqlite3.connect", "aiosqlite.connect"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call whose database lies in a folder that is not there."""
    if not any(_cannot_open(each) for each in symptom.failures):
        return
    for file, call, argument, path, engine in _databases(facts):
        folder = _missing(path, facts)
        if folder is not None:
            yield finding(
                __name__,
                folder,
                file=file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"call": call, "argument": argument, "engine": engine},
                cause=f"SQLite is to keep a database in `{folder}`, and that folder does not exist",
                explanation="SQLite makes the file of a database and never its folder.",
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The folder made before the first connection."""
    call, argument, engine = finding.data["call"], finding.data["argument"], finding.data["engine"]
    assert isinstance(call, ast.Call) and isinstance(argument, ast.expr)
    file, text, tree = finding.file, facts.text(finding.file) or b"", facts.syntax(finding.file)
    statement = statement_at(tree, call.lineno) if tree is not None else None
    if statement is None:
        return None
    path, imports = known_as(facts, file, "pathlib", "Path")
    literal = text_of(argument) is not None
    names = [name for name, value in assigned(statement) if value is call]
    if engine and not literal and not names:
        return None
    if literal:
        code = f'{path}("{finding.key}")'
    else:  # the engine has read the path out of its URL
        code = f"{path}({names[0]}.url.database).parent" if engine else f"{path}({source(facts, file, argument)}).parent"
    code += ".mkdir(parents=True, exist_ok=True)"
    insert = insert_statement_after if engine else insert_statement_before
    return Fix(f"make `{finding.key}`", Safety.SAFE, (*imports, insert(file, text, statement, code)))


def _cannot_open(failure: Failure) -> bool:
    code = failure.facts.get("sqlite_errorcode", CANTOPEN)
    return failure.is_a("sqlite3.OperationalError") and isinstance(code, int) and code & 0xFF == CANTOPEN


def _databases(facts: Facts) -> Iterator[tuple[str, ast.Call, ast.expr, str, bool]]:
    """The calls that open an SQLite database: file, call, argument, path, and whether an engine is made."""
    for file in facts.python_files():
        text = facts.text(file) or b""
        tree = facts.syntax(file) if file in facts.reachable() and (b"_engine" in text or b"sqlite" in text) else None
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call) or not (node.args or node.keywords):
                continue
            called = outside(facts, file, node.func)
            engine = called.startswith(("sqlalchemy.", "sqlmodel.")) and called.rpartition(".")[2] in MAKERS
            if not engine and called not in CONNECTS:
                continue
            argument = node.args[0] if node.args else node.keywords[0].value
            for origin in origins(facts, file, argument):
                value = effective(facts, origin.variables) if origin.variables else None
                written = value.value if value is not None else text_of(origin.node) or ""
                found = URL.match(written) if engine else None
                if found is not None or (not engine and written):
                    yield file, node, argument, found["path"] if found else written, engine
                    break


def _missing(path: str, facts: Facts) -> str | None:
    """The folder of a path, where the project has none there; None for what lies outside of the project."""
    target = facts.project.target
    if path.startswith((":memory:", "file:", "/")) or target is None:
        return None
    folder = PurePosixPath(path).parent
    place = facts.project.root / target.directory / folder
    return None if place.is_dir() or ".." in folder.parts else folder.as_posix()
