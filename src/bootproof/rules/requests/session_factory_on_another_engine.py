"""A session factory is synchronous and its engine is not, or the other way round

## What happens
`sessionmaker(bind=engine)` on an asynchronous engine makes synchronous sessions: `async with` does not take
them, and a query raises `MissingGreenlet` or `AsyncContextNotStarted`. `async_sessionmaker` on a synchronous
engine raises at its first session or query.

## Why the server cannot start
The server starts: neither factory looks at its engine before it is used. Every request that needs a session
answers 500.

## How to recognise it
A session of SQLAlchemy's raised, or `async with` did not take it, and the engine that the factory is given is of the
other kind: so say the installed functions that make both.

## How it is fixed
Where sessions are entered with `async with`, the factory becomes `async_sessionmaker`; an `async_sessionmaker`
gets an engine made by `create_async_engine`. Where own code uses its sessions synchronously, a person decides:
await every call, or make a synchronous engine.

## Fix safety
Safe where the code treats its sessions as asynchronous already.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.async_sessionmaker
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import own_innermost
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import meaning
from bootproof.rules.registry import finding
from bootproof.rules.session_factories import Factory, as_async, factories

CODE = "BP805"
# what an engine of the other kind leads to; what the database itself refuses came through an engine that works
WRONG_KIND = ("AttributeError", "TypeError", "ArgumentError", "MissingGreenlet", "AsyncMethodRequired", "AsyncContextNotStarted")
SESSIONS = ("sqlalchemy.orm.session", "sqlalchemy.ext.asyncio.session")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The factories whose engine is of the other kind."""
    if not any(_is_sessions(each) for each in symptom.failures):
        return
    for each in factories(facts):
        if each.of_async is None or each.of_async is each.asynchronous or each.engine is None:
            continue
        kind, other = ("asynchronous", "synchronous") if each.of_async else ("synchronous", "asynchronous")
        at_factory = each.of_async  # the one that must change
        file, line = (each.file, each.line) if at_factory else (each.engine[0], each.engine[1].lineno)
        yield finding(
            __name__,
            _key(each),
            file=file,
            line=line,
            data={"factory": each},
            cause=f"the session factory is {other}, and its engine is {kind}",
            explanation="Sessions talk to the database in their engine's way: await every call, or make an engine of the "
            "session's kind.",
            related=(
                Location(each.file, each.line, note="the factory"),
                Location(each.engine[0], each.engine[1].lineno, note="its engine"),
            ),
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The asynchronous form of whichever is not, where the code is written for that."""
    factory = finding.data["factory"]
    assert isinstance(factory, Factory)
    if factory.of_async:
        edits = as_async(facts, factory.file, factory.call) if _entered(facts, factory) else None
        return Fix("make asynchronous sessions: `async_sessionmaker`", Safety.SAFE, edits) if edits else None
    assert factory.engine is not None
    file, call = factory.engine
    if not isinstance(call.func, ast.Name | ast.Attribute) or _used_otherwise(facts, factory):
        return None
    name, imports = known_as(facts, file, "sqlalchemy.ext.asyncio", "create_async_engine")
    made = replace_node(file, facts.text(file) or b"", call.func, name)
    return Fix("make an asynchronous engine: `create_async_engine`", Safety.SAFE, (*imports, made))


def _is_sessions(failure: Failure) -> bool:
    """Whether a session of SQLAlchemy's raised, or the interpreter refused to enter what own code entered."""
    if own_innermost(failure) is not None:
        return failure.facts.get("protocol") in ("async with", "await")
    return failure.is_a(*WRONG_KIND) and any(each.module in SESSIONS for each in failure.frames)


def _key(factory: Factory) -> str:
    return ast.unparse(factory.call)[:80]


def _entered(facts: Facts, factory: Factory) -> bool:
    """Whether some own `async with` enters a session of the factory."""
    for file in facts.files_with(b"async with"):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            for item in node.items if isinstance(node, ast.AsyncWith) else ():
                made = item.context_expr
                found = meaning(facts, file, made.func) if isinstance(made, ast.Call) else None
                if found is not None and found.node is factory.call:
                    return True
    return False


def _used_otherwise(facts: Facts, factory: Factory) -> bool:
    """Whether own code uses the engine for more than its factory: what is written for a synchronous one would break."""
    assert factory.engine is not None
    for file in facts.files_with(b"engine"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
                continue
            found = meaning(facts, file, node)
            if found is None or found.node is not factory.engine[1]:
                continue
            if node not in (*factory.call.args, *(each.value for each in factory.call.keywords)):
                return True
    return False
