"""Where a failure stands in own code: calls at a frame, functions around them, names to import."""

import ast
from collections.abc import Iterator

from bootproof.edits.python import add_import
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame, Symptom

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


def known_as(facts: Facts, file: str, module: str, name: str) -> tuple[str, tuple[Edit, ...]]:
    """How code of the file may say `module.name`, and the edits that import it where nothing does yet."""
    tree, text = facts.syntax(file), facts.text(file) or b""
    taken: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if node.module == module and alias.name == name and node in (tree.body if tree else ()):
                    return alias.asname or name, ()
                taken.add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module and tree is not None and node in tree.body:
                    return f"{alias.asname or module}.{name}", ()
                taken.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            taken.add(node.id)
        elif isinstance(node, ast.arg):
            taken.add(node.arg)
        elif isinstance(node, Function | ast.ClassDef):
            taken.add(node.name)
    bound = name if name not in taken else f"{module.partition('.')[0]}_{name}"
    written = f"from {module} import {name}" + ("" if bound == name else f" as {bound}")
    return bound, (add_import(file, text, written),)


def asyncio_as(facts: Facts, file: str) -> tuple[str, tuple[Edit, ...]]:
    """How code of the file may say `asyncio`, and the edits that import it where nothing does yet."""
    tree = facts.syntax(file)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "asyncio":
                    return alias.asname or "asyncio", ()
    return "asyncio", (add_import(file, facts.text(file) or b"", "import asyncio"),)


def inside(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether a node is another one or stands in it."""
    return any(node is inner for node in ast.walk(outer))


def label(facts: Facts, file: str, line: int) -> str:
    """The function that holds a line, as a stable part of a key; "module" outside of any."""
    function = function_at(facts, file, line)
    return function.name if function is not None else "module"
