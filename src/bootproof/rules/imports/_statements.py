"""What the rules of this family share: which import statement raised, what it names, what a module binds."""

import ast
from collections.abc import Iterator

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame

Import = ast.Import | ast.ImportFrom


def raised_at(failure: Failure) -> tuple[Frame, ...]:
    """The frames without those of the import system."""
    return tuple(each for each in failure.frames if not each.module.startswith(("importlib", "_frozen_importlib")))


def statement_at(facts: Facts, file: str, line: int) -> Import | None:
    """The import statement that stands on a line, the innermost one; None where none does."""
    tree = facts.syntax(file)
    found = [
        node
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, Import) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def module_named(facts: Facts, file: str, statement: ast.ImportFrom) -> str | None:
    """The absolute name of the module that a `from` statement names, None where it climbs too far."""
    if not statement.level:
        return statement.module
    parts = facts.module_of(file).split(".")
    if not file.endswith("/__init__.py"):
        parts = parts[:-1]
    keep = len(parts) - (statement.level - 1)
    if keep <= 0:
        return None
    return ".".join([*parts[:keep], *([statement.module] if statement.module else [])])


def is_guarded(tree: ast.Module, statement: ast.stmt) -> bool:
    """Whether a statement stands in a `try`, or under a condition such as `TYPE_CHECKING`."""
    return any(
        isinstance(node, ast.Try | ast.TryStar | ast.If)
        and node is not statement
        and any(child is statement for child in ast.walk(node))
        for node in tree.body
    )


def bindings(tree: ast.Module) -> tuple[frozenset[str], bool]:
    """The names that a module binds at its top level, and whether it may bind more (`*`, `__getattr__`)."""
    found: set[str] = set()
    more = False
    for node in _top_level(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            more |= node.name == "__getattr__"
        elif isinstance(node, Import):
            more |= any(alias.name == "*" for alias in node.names)
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    found.add(each.id)
                more |= isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "globals"
    return frozenset(found), more


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.TryStar | ast.With | ast.For | ast.While):
                yield from _top_level(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from _top_level(handler.body)


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a module defines a name itself, not by importing it."""
    return any(
        (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name)
        or (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and any(
                isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
                for each in ast.walk(node)
            )
        )
        for node in tree.body
    )


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` as text, None for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    return None


def meant(tree: ast.Module, expression: str) -> str:
    """The module that a dotted expression means, by the imports that bind its first name."""
    first, _, rest = expression.partition(".")
    for node in ast.walk(tree):
        if not isinstance(node, Import):
            continue
        for alias in node.names:
            if isinstance(node, ast.Import) and alias.asname is None and alias.name.partition(".")[0] == first:
                return expression
            if (alias.asname or alias.name) == first:
                base = alias.name if isinstance(node, ast.Import) else f"{node.module or ''}.{alias.name}"
                return f"{base}.{rest}" if rest else base
    return expression
