"""A synchronous session factory makes asynchronous sessions

## What happens
Nothing breaks: `sessionmaker(engine, class_=AsyncSession)` works. The factory itself is the synchronous
one, so that type checkers call its sessions synchronous and report false errors at every `await`.

## Why the server cannot start
It can. This is advice.

## How to recognise it
`sessionmaker` of `sqlalchemy.orm` is called with a `class_` that is an asynchronous session.

## How it is fixed
`async_sessionmaker` of `sqlalchemy.ext.asyncio` is called with the same arguments. One that it does not
accept is dropped only where it says what holds anyway (`autocommit=False`).

## Fix safety
Safe: SQLAlchemy documents `async_sessionmaker` as the asynchronous form of the same factory; every argument
keeps its meaning.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.async_sessionmaker
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_import, drop_argument, replace_node
from bootproof.model.edit import AnyEdit, ImportEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword, last_line, outside, statement_at
from bootproof.rules.registry import finding

CODE = "BP502"
_FACTORIES = frozenset({"sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.session.sessionmaker"})
_HOME = "sqlalchemy.ext.asyncio"


def scan(facts: Facts) -> Iterable[Finding]:
    """Every such factory in code that the target reaches."""
    for file in facts.files_with(b"sessionmaker", b"class_"):
        tree = facts.syntax(file)
        if tree is None or file not in facts.reachable():
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            factory = _factory(call)
            session = keyword(call, "class_")
            if session is None or outside(facts, file, factory) not in _FACTORIES:
                continue
            if not outside(facts, file, session).endswith((".asyncio.AsyncSession", ".asyncio.session.AsyncSession")):
                continue
            if "async_sessionmaker" not in (facts.exports(_HOME) or ()):
                continue
            statement = statement_at(tree, call.lineno) or call
            yield finding(
                __name__,
                _name(statement),
                file=file,
                line=getattr(statement, "lineno", call.lineno),
                end_line=last_line(statement),
                advice_only=True,
                cause="`sessionmaker` is the synchronous factory, and its `class_` is an asynchronous session",
                explanation="It works, with these very arguments. `async_sessionmaker` says it in the right types.",
                data={"call": call},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The asynchronous factory with the same arguments."""
    call = finding.data["call"]
    text, tree = facts.text(finding.file), facts.syntax(finding.file)
    if not isinstance(call, ast.Call) or text is None or tree is None:
        return None
    factory = _factory(call)
    edits: list[AnyEdit] = [replace_node(finding.file, text, factory, "async_sessionmaker")]
    edits.append(_import(finding.file, text, tree, facts, factory))
    accepted = facts.accepts(f"{_HOME}:async_sessionmaker")
    if accepted is not None and not any(each.kind == "VAR_KEYWORD" for each in accepted):
        known = {each.name for each in accepted}
        for each in call.keywords:
            if each.arg and each.arg not in known:
                if not (
                    each.arg == "autocommit" and isinstance(each.value, ast.Constant) and each.value.value is False
                ):
                    return None
                edits.append(drop_argument(finding.file, text, call, each.arg))
    return Fix("call `async_sessionmaker` with the same arguments", Safety.SAFE, tuple(edits))


def _import(file: str, text: bytes, tree: ast.Module, facts: Facts, factory: ast.expr) -> AnyEdit:
    """Import the new factory; in the place of the old one, where nothing else uses that."""
    name = factory.id if isinstance(factory, ast.Name) else ""
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    for node in tree.body if name and len(uses) == 1 else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name and f"{node.module}.{alias.name}" in _FACTORIES:
                    start, end = facts.span(file, node)
                    return ImportEdit(file, start, end, (alias.name,), (f"from {_HOME} import async_sessionmaker",))
    return add_import(file, text, f"from {_HOME} import async_sessionmaker")


def _factory(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Subscript) else call.func


def _name(statement: ast.AST) -> str:
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return ast.unparse(targets[0]) if targets[0] is not None else "sessionmaker"
