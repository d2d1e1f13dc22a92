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

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword, last_line, outside, statement_at
from bootproof.rules.registry import finding
from bootproof.rules.session_factories import HOME, SYNCHRONOUS, as_async, called_by

CODE = "BP502"


def scan(facts: Facts) -> Iterable[Finding]:
    """Every such factory in code that the target reaches."""
    for file in facts.files_with(b"sessionmaker", b"class_"):
        tree = facts.syntax(file)
        if tree is None or file not in facts.reachable():
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            factory = called_by(call)
            session = keyword(call, "class_")
            if session is None or outside(facts, file, factory) not in SYNCHRONOUS:
                continue
            if not outside(facts, file, session).endswith((".asyncio.AsyncSession", ".asyncio.session.AsyncSession")):
                continue
            if "async_sessionmaker" not in (facts.exports(HOME) or ()):
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
    edits = as_async(facts, finding.file, call) if isinstance(call, ast.Call) else None
    return Fix("call `async_sessionmaker` with the same arguments", Safety.SAFE, edits) if edits else None


def _name(statement: ast.AST) -> str:
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return ast.unparse(targets[0]) if targets[0] is not None else "sessionmaker"
