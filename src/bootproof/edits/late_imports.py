"""Imports that need not happen at once: the repairs of circular imports."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bootproof.edits.making import edit
from bootproof.edits.source import line_ending, new_lines, parse, span
from bootproof.edits.statements import insert_statement_after, insert_statement_before
from bootproof.edits.uses import Uses, uses
from bootproof.model.edit import AnyEdit, Edit, ImportEdit

Import = ast.Import | ast.ImportFrom


def make_import_local(
    file: str, text: bytes, statement: Import, names: Iterable[str] | None = None
) -> tuple[AnyEdit, ...] | None:
    """The edits that import names (before `as`; all where None) inside the functions that use them.

    Annotations that are not evaluated keep the name under `TYPE_CHECKING`. None where that would change what
    happens: a use at import time (module level, decorator, default, base class, evaluated annotation), a name
    bound twice or exported by `__all__`, a statement that is not at module level, or no use in a
    function. That
    no other module imports the name from this one is for the caller to know.
    """
    found = _movable(text, statement, names)
    if found is None or not found[2].called:
        return None
    tree, aliases, used = found
    edits: list[AnyEdit] = []
    for function, wanted in used.called.items():
        local = [alias for alias in aliases if _bound(alias) in wanted]
        first = function.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(function.body) > 1:
            first = function.body[1]
        made = insert_statement_before(file, text, first, _written(statement, local))
        if made.new.endswith("\n") and not isinstance(first, ast.Import | ast.ImportFrom):
            made = replace(made, new=made.new + line_ending(text))  # imports stand apart, here as at the top
        edits.append(made)
    typed = [alias for alias in aliases if _bound(alias) in used.annotated]
    return _taken_out(file, text, tree, statement, aliases, typed, edits)


def under_type_checking(
    file: str, text: bytes, statement: Import, names: Iterable[str] | None = None
) -> tuple[AnyEdit, ...] | None:
    """The edits that import names (before `as`; all where None) for type checkers only.

    None where anything but annotations that are not evaluated at import uses one of them.
    """
    found = _movable(text, statement, names)
    if found is None or found[2].called:
        return None
    tree, aliases, _ = found
    return _taken_out(file, text, tree, statement, aliases, aliases, [])


def _movable(
    text: bytes, statement: Import, names: Iterable[str] | None
) -> tuple[ast.Module, list[ast.alias], Uses] | None:
    """The parsed file, the aliases and their uses; None where one of them is needed at once or not at all."""
    tree = parse(text)
    if tree is None:
        return None
    place = span(text, statement)
    here = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) and span(text, node) == place]
    wanted = None if names is None else set(names)
    aliases = [alias for alias in statement.names if wanted is None or alias.name in wanted]
    if not here or not aliases or aliases[0].name == "*":
        return None
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return None
    if isinstance(statement, ast.Import) and any("." in _bound(alias) for alias in aliases):
        return None  # `import a.b` binds `a`, which others may have bound as well
    bound = {_bound(alias) for alias in aliases}
    used = uses(tree, bound, here[0])
    late = used.annotated.union(*used.called.values())
    if bound & (used.eager | used.rebound) or not bound <= late:
        return None
    return tree, aliases, used


def _taken_out(
    file: str,
    text: bytes,
    tree: ast.Module,
    statement: Import,
    aliases: Sequence[ast.alias],
    typed: Sequence[ast.alias],
    edits: list[AnyEdit],
) -> tuple[AnyEdit, ...]:
    start, end = span(text, statement, file)
    dropped = tuple(alias.name for alias in aliases)
    if not typed:
        return (ImportEdit(file, start, end, dropped), *edits)
    code = _written(statement, typed)
    block = next((node for node in tree.body if isinstance(node, ast.If) and _is_guard(node.test)), None)
    if block is not None:
        guarded = insert_statement_after(file, text, block.body[-1], code)
        return (ImportEdit(file, start, end, dropped), guarded, *edits)
    added = ("from typing import TYPE_CHECKING",)
    return (ImportEdit(file, start, end, dropped, added), _new_block(file, text, tree, code), *edits)


def _new_block(file: str, text: bytes, tree: ast.Module, code: str) -> Edit:
    last = max((node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)), key=_line)
    place, lines = new_lines(text, span(text, last, file)[1], f"\nif TYPE_CHECKING:\n    {code}")
    return edit(file, text, place, place, lines)


def _line(node: ast.stmt) -> int:
    return node.lineno


def _is_guard(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name


def _written(statement: Import, aliases: Sequence[ast.alias]) -> str:
    names = ", ".join(each.name if each.asname is None else f"{each.name} as {each.asname}" for each in aliases)
    if isinstance(statement, ast.Import):
        return f"import {names}"
    return f"from {'.' * statement.level}{statement.module or ''} import {names}"
