"""The engine is asked for what its connection has

## What happens
`engine.execute(…)` raises `AttributeError`. So does `SessionFactory.execute(…)`.

## Why the server cannot start
Since 2.0 SQLAlchemy's engine executes nothing by itself, and its asynchronous engine never did: a statement
needs a connection, which says where it begins and ends. A session factory makes sessions and is none.

## How to recognise it
The project asked an object for an attribute that its type does not have, and what the object's `begin()`, or
a call of it, opens has an attribute of that name.

## How it is fixed
The statement goes into a block that opens what it needs: `async with engine.begin() as connection:`, and the
connection is asked. What uses the result goes into the block as well.

## Fix safety
Safe: `begin()` commits at the end of the block, as the engine once did by itself.

## References
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "Implicit and Connectionless Execution"
"""

import ast
from collections.abc import Iterable

from bootproof.edits.blocks import put_in_block, up_to_last_use
from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import block_of, function_at, label, nodes_at, own_innermost, parents
from bootproof.rules.connecting._code import statement_at as statement_in
from bootproof.rules.kinds import coroutines, entered, given_by, gives, has_attribute, seen_names, speaks
from bootproof.rules.reading import dotted_name
from bootproof.rules.registry import finding

CODE = "BP609"
OPENED = (("__call__", "()", "session"), ("begin", ".begin()", "connection"))  # how an object opens what it is for


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The attribute that is the connection's."""
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if frame is None or not failure.is_a("AttributeError"):
            continue
        names = seen_names(failure.facts)
        for node in nodes_at(facts, frame):
            if not isinstance(node, ast.Attribute) or not dotted_name(node.value):
                continue
            held = given_by(facts, frame.file, node.value, names)
            if held is None or has_attribute(facts, held.type, node.attr):
                continue
            for method, written, name in OPENED:
                opened = entered(facts, gives(facts, f"{held.type}.{method}"))
                if not has_attribute(facts, opened, node.attr):
                    continue
                holder = dotted_name(node.value)
                yield finding(
                    __name__,
                    f"{label(facts, frame.file, frame.line)}:{holder}.{node.attr}",
                    file=frame.file,
                    line=node.lineno,
                    data={"node": node, "opened": opened, "with": f"{holder}{written}", "name": name},
                    cause=f"`{holder}` is asked for `{node.attr}`, which belongs to what `{holder}{written}` opens",
                    explanation="A statement needs a connection or a session, which says where it begins and ends.",
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The statement inside a block that opens the connection."""
    node, opened = finding.data["node"], str(finding.data["opened"])
    assert isinstance(node, ast.Attribute)
    file, text = finding.file, facts.text(finding.file) or b""
    function = function_at(facts, file, node.lineno)
    waits = speaks(facts, opened, "async with")
    if function is None or (waits and not isinstance(function, ast.AsyncFunctionDef)):
        return None
    statement = statement_in(function.body, node.lineno)
    place = block_of(function, statement) if statement is not None else None
    if statement is None or place is None or not isinstance(statement, ast.Expr | ast.Assign | ast.Return):
        return None
    taken = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    name = str(finding.data["name"])
    name = name if name not in taken else f"{name}_opened"
    given = statement.targets[0] if isinstance(statement, ast.Assign) else None
    inside = up_to_last_use(*place, given.id) if isinstance(given, ast.Name) else [statement]
    head = f"{'async ' if waits else ''}with {finding.data['with']} as {name}:"
    edits: list[AnyEdit] = [*put_in_block(file, text, inside, head), replace_node(file, text, node.value, name)]
    above = parents(statement)
    call = above[node]
    if node.attr in coroutines(facts, opened) and not isinstance(above.get(call), ast.Await):
        start = facts.span(file, call)[0]
        edits.insert(0, edit(file, text, start, start, "await "))
    return Fix(f"ask what `{finding.data['with']}` opens", Safety.SAFE, tuple(edits))
