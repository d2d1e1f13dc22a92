"""Where a failure stands in own code: calls at a frame, functions around them."""

import ast
from collections.abc import Iterator

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.rules.reading import dotted_name

Function = ast.FunctionDef | ast.AsyncFunctionDef


def last_own(symptom: Symptom) -> Iterator[tuple[Failure, Frame]]:
    """Each failure that the symptom tells with the project's own last frame of it."""
    for failure in symptom.failures:
        frame = failure.own_frame
        if frame is not None:
            yield failure, frame


def own_innermost(failure: Failure) -> Frame | None:
    """The innermost frame, where it is the project's own: its own code raised."""
    return failure.frames[-1] if failure.frames and failure.frames[-1].own else None


def nodes_at(facts: Facts, frame: Frame) -> Iterator[ast.AST]:
    """The nodes of the frame's file that lie over its line, inner ones after those around them."""
    tree = facts.syntax(frame.file)
    for node in ast.walk(tree) if tree is not None else ():
        line, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if line is not None and end is not None and line <= frame.line <= end:
            yield node


def calls_at(facts: Facts, frame: Frame) -> tuple[ast.Call, ...]:
    """The calls over the frame's line, the innermost first; not those that only hold it in a body."""
    found = [node for node in nodes_at(facts, frame) if isinstance(node, ast.Call)]
    return tuple(reversed(found))


def called(call: ast.Call) -> str:
    """The last word of what is called: `execute` of `session.execute(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def function_at(facts: Facts, file: str, line: int) -> Function | None:
    """The innermost function whose body holds the line."""
    tree = facts.syntax(file)
    held = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return max(held, key=lambda node: node.lineno, default=None)


def statement_at(body: list[ast.stmt], line: int) -> ast.stmt | None:
    """The innermost statement over the line."""
    for each in body:
        if each.lineno <= line <= (each.end_lineno or each.lineno):
            inner: list[ast.stmt] = []
            for name in ("body", "orelse", "finalbody"):
                inner += getattr(each, name, [])
            for handler in [*getattr(each, "handlers", []), *getattr(each, "cases", [])]:
                inner += handler.body
            return statement_at(inner, line) or each
    return None


def source(facts: Facts, file: str, node: ast.AST) -> str:
    """The node as written."""
    start, end = facts.span(file, node)
    return (facts.text(file) or b"")[start:end].decode("utf-8", "surrogateescape")


def label(facts: Facts, file: str, line: int) -> str:
    """The function that holds a line, as a stable part of a key; "module" outside of any."""
    function = function_at(facts, file, line)
    return function.name if function is not None else "module"


def block_of(tree: ast.AST, statement: ast.stmt) -> tuple[list[ast.stmt], int] | None:
    """The block that holds a statement, and its index there."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            held = getattr(node, name, None)
            if isinstance(held, list) and statement in held:
                return held, held.index(statement)
    return None


def assignment(scope: ast.AST | None, name: str, line: int) -> ast.Assign | ast.AnnAssign | None:
    """The last statement before a line that gives a name (`a.b` as well) its value."""
    found = [
        node
        for node in (ast.walk(scope) if scope is not None else ())
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.lineno <= line
        and name in [dotted_name(to) for to in getattr(node, "targets", [getattr(node, "target", node)])]
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """For each node below `tree` the node that holds it."""
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
