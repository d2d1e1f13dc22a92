"""A connection of one event loop is used in another one

## What happens
`RuntimeError`: a future is attached to a different loop; or the event loop is closed.

## Why the server cannot start
The server starts; the first request that is given such a connection answers 500. An asynchronous engine keeps
its connections, and each belongs to the loop in which it was opened. `asyncio.run` makes a loop of its own and
closes it, and leaves the connection in the engine's pool.

## How to recognise it
asyncio or a driver raised below SQLAlchemy, and own code runs a coroutine in a loop of its own (`asyncio.run`,
`run_until_complete`) when it is imported or started.

## How it is fixed
What runs in a loop of its own disposes of the engine at its end.

## Fix safety
Safe: the connections of a loop that is closed are of no use to anybody.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-multiple-asyncio-event-loops
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import insert_statement_before, replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.kinds import given_by
from bootproof.rules.reading import assigned, covers, outside
from bootproof.rules.registry import finding

CODE = "BP820"
RUN = frozenset({"asyncio.run", "asyncio.runners.run"})
ENGINE = "sqlalchemy.ext.asyncio.engine.AsyncEngine"


@dataclass(frozen=True)
class Ran:
    """A call that runs a coroutine in a loop of its own."""

    file: str
    call: ast.Call


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each loop of its own that own code makes."""
    failure = next((each for each in symptom.failures if _is_of_loops(each)), None)
    if failure is None:
        return
    for ran in _runs(facts):
        frame = failure.own_frame
        yield finding(
            __name__,
            ast.unparse(ran.call)[:80],
            file=ran.file,
            line=ran.call.lineno,
            data={"ran": ran},
            cause=f"`{source(facts, ran.file, ran.call)}` leaves connections of its own event loop in the engine",
            explanation="A connection works in the loop in which it was opened, and in no other.",
            related=(Location(frame.file, frame.line, note="fails here"),) if frame else (),
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The engine disposed of at the end of that loop."""
    ran, engine = finding.data["ran"], _engine(facts)
    assert isinstance(ran, Ran)
    tree, text = facts.syntax(ran.file), facts.text(ran.file) or b""
    given = ran.call.args[0] if ran.call.args else None
    place = next((node for node in (tree.body if tree else ()) if covers(node, ran.call.lineno)), None)
    if not isinstance(given, ast.Call) or engine is None or place is None or given.args or given.keywords:
        return None
    file, name = engine
    said, imports = (name, ()) if file == ran.file else known_as(facts, ran.file, facts.module_of(file), name)
    function = source(facts, ran.file, given.func)
    alone = f"{function.rpartition('.')[2]}_in_own_loop"
    code = f"async def {alone}():\n    try:\n        return await {function}()\n    finally:\n        await {said}.dispose()\n\n"
    edits = (*imports, insert_statement_before(ran.file, text, place, code), replace_node(ran.file, text, given, f"{alone}()"))
    return Fix("dispose of the engine at the end of that loop", Safety.SAFE, edits)


def _is_of_loops(failure: Failure) -> bool:
    if not failure.is_a("RuntimeError", "InterfaceError") or not failure.frames:
        return False
    modules = {each.module.partition(".")[0] for each in failure.frames}
    return failure.frames[-1].module.partition(".")[0] in ("asyncio", "asyncpg", "uvloop", "psycopg") and "sqlalchemy" in modules


def _runs(facts: Facts) -> Iterator[Ran]:
    """The calls in files that the target reaches; what only a script runs (`if __name__ == …`) is none."""
    for file in facts.files_with(b"asyncio"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        top = tree.body if tree is not None else []
        aside = [node for node in top if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call) or any(covers(each, node.lineno) for each in aside):
                continue
            runs = isinstance(node.func, ast.Attribute) and node.func.attr == "run_until_complete"
            if runs or outside(facts, file, node.func) in RUN:
                yield Ran(file, node)


def _engine(facts: Facts) -> tuple[str, str] | None:
    """The file and name of the one asynchronous engine of the project."""
    found = []
    for file in facts.files_with(b"create_async_engine"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in tree.body if tree is not None else ():
            for name, value in assigned(node):
                given = given_by(facts, file, value, {})
                if given is not None and given.type == ENGINE and not given.how:
                    found.append((file, name))
    return found[0] if len(found) == 1 else None
