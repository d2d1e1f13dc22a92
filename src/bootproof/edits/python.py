"""Make edits of Python: nodes, statements, decorators. Pure on bytes; places come from `ast`.

The helpers for arguments, imports and late imports live in files of their own and are given here as well.
"""

import ast

from bootproof.edits.calls import add_argument, drop_argument, rename_argument, replace_argument
from bootproof.edits.imports import add_import, drop_import, move_import
from bootproof.edits.late_imports import make_import_local, under_type_checking
from bootproof.edits.making import edit
from bootproof.edits.source import span
from bootproof.edits.statements import (
    drop_decorator,
    drop_statement,
    insert_decorator,
    insert_statement_after,
    insert_statement_before,
)
from bootproof.model.edit import Edit

__all__ = [
    "add_argument",
    "add_import",
    "drop_argument",
    "drop_decorator",
    "drop_import",
    "drop_statement",
    "insert_decorator",
    "insert_statement_after",
    "insert_statement_before",
    "make_import_local",
    "move_import",
    "rename_argument",
    "replace_argument",
    "replace_node",
    "under_type_checking",
    "wrap_node",
]


def replace_node(file: str, text: bytes, node: ast.AST, new: str) -> Edit:
    """The edit that puts `new` in the place of a node; raises ValueError for a node without a place."""
    start, end = span(text, node, file)
    return edit(file, text, start, end, new)


def wrap_node(file: str, text: bytes, node: ast.AST, before: str, after: str) -> tuple[Edit, Edit]:
    """Two edits that put `before` and `after` around a node, and leave room for others to change its
    inside.
    """
    start, end = span(text, node, file)
    return edit(file, text, start, start, before), edit(file, text, end, end, after)
