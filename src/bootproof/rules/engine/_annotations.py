"""Annotations that name what is not bound yet: which those are, and how the class alone is put in quotes."""

import ast
import builtins
from collections.abc import Iterator

from bootproof.rules.reading import Function, text_of


def postponed(tree: ast.Module) -> ast.ImportFrom | None:
    """The statement that keeps all annotations of a file as text, None where there is none."""
    for node in tree.body:
        of_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if isinstance(node, ast.ImportFrom) and of_future and any(alias.name == "annotations" for alias in node.names):
            return node
    return None


def annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """The annotations that are evaluated when the module is imported, but for `from __future__ import annotations`."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, Function):
            given = node.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            yield from (each.annotation for each in every if each is not None and each.annotation is not None)
            if node.returns is not None:
                yield node.returns
        else:
            for part in ("body", "orelse", "finalbody"):
                waiting += getattr(node, part, [])


def is_late(tree: ast.Module, annotation: ast.expr) -> bool:
    """Whether an annotation names what is bound only below it, or for type checkers alone."""
    names = {each.id for each in ast.walk(annotation) if isinstance(each, ast.Name)} - set(dir(builtins))
    return bool(names - _bound_before(tree, annotation.lineno))


def _bound_before(tree: ast.Module, line: int) -> set[str]:
    """The names that a module, and the classes around a line, have bound when the line is reached."""
    found: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if node.lineno >= line:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, Function):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            if (node.end_lineno or 0) < line:
                found.add(node.name)
            else:
                waiting += node.body
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {each.id for one in targets for each in ast.walk(one) if isinstance(each, ast.Name)}
        else:
            for part in ("body", "orelse", "finalbody"):
                waiting += getattr(node, part, [])
    return found


def quoted(node: ast.expr, optional: str) -> str:
    """The annotation of a relationship with its class in quotes: `list["Hero"]`, `Optional["Team"]`.

    `optional` is what the file calls `typing.Optional`: a text in quotes has no `|`.
    """
    if isinstance(node, ast.BinOp):
        parts = [each for each in (node.left, node.right) if not (isinstance(each, ast.Constant) and each.value is None)]
        return f"{optional}[{quoted(parts[0], optional)}]" if len(parts) == 1 else f'"{ast.unparse(node)}"'
    if isinstance(node, ast.Subscript):
        return f"{ast.unparse(node.value)}[{quoted(node.slice, optional)}]"
    written = text_of(node)
    if written is not None:
        return quoted(ast.parse(written, mode="eval").body, optional)
    return f'"{ast.unparse(node).rpartition(".")[2]}"'
