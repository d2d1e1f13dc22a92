"""Make edits of import statements."""

import ast
from collections.abc import Iterable, Mapping

from bootproof.edits.errors import EditImpossible
from bootproof.edits.making import edit, nothing
from bootproof.edits.names import parse_import
from bootproof.edits.source import BOM, line_start, line_stop, new_lines, next_line, parse, span
from bootproof.model.edit import Edit, ImportEdit


def move_import(
    file: str, text: bytes, statement: ast.ImportFrom, names: Mapping[str, tuple[str, str]]
) -> ImportEdit:
    """The edit that imports names from elsewhere: `names` gives for each its new module and its new name.

    The code goes on to use the name that it used: where it changes, `as` keeps the old one. Raises
    EditImpossible for a name that the statement does not import.
    """
    modules: dict[str, list[str]] = {}
    for alias in _aliases(file, statement, names):
        module, name = names[alias.name]
        bound = alias.asname or alias.name
        modules.setdefault(module, []).append(name if bound == name else f"{name} as {bound}")
    added = tuple(f"from {module} import {', '.join(moved)}" for module, moved in modules.items())
    start, end = span(text, statement, file)
    return ImportEdit(file, start, end, tuple(names), added)


def drop_import(
    file: str, text: bytes, statement: ast.ImportFrom | ast.Import, names: Iterable[str] | None = None
) -> ImportEdit:
    """The edit that imports the names (before `as`) no more, or none of the statement's where `names`
    is None.

    Raises EditImpossible for a name that the statement does not import.
    """
    wanted = tuple(alias.name for alias in statement.names) if names is None else tuple(names)
    _aliases(file, statement, wanted)
    start, end = span(text, statement, file)
    return ImportEdit(file, start, end, wanted)


def add_import(file: str, text: bytes, statement: str) -> Edit:
    """The edit that imports something at the top: behind the docstring, `from __future__` and the
    first imports.

    It changes nothing where the module's head imports it already. Raises EditImpossible where the
    statement is
    no import, or where the file does not parse.
    """
    wanted, tree = parse_import(statement), parse(text)
    if wanted is None or tree is None:
        what = "the file does not parse" if tree is None else f"this is no import statement: {statement}"
        raise EditImpossible(f"`{file}`: {what}")
    if imports_already(tree, wanted):
        return nothing(file)
    anchor = head(tree, future_only=isinstance(wanted, ast.ImportFrom) and wanted.module == "__future__")
    if anchor is not None:
        place, lines = new_lines(text, span(text, anchor, file)[1], statement.strip())
        return edit(file, text, place, place, lines)
    place = _behind_comments(text)
    return edit(file, text, place, place, statement.strip() + "\n")


def imports_already(tree: ast.Module, wanted: ast.Import | ast.ImportFrom) -> bool:
    """Whether the module imports, at its top level, all that the statement imports."""
    present = {
        (type(node), getattr(node, "module", None), getattr(node, "level", 0), alias.name, alias.asname)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    module, level = getattr(wanted, "module", None), getattr(wanted, "level", 0)
    return all((type(wanted), module, level, alias.name, alias.asname) in present for alias in wanted.names)


def head(tree: ast.Module, *, future_only: bool = False) -> ast.stmt | None:
    """The statement behind which a new import belongs, None for the start of the file."""
    anchor: ast.stmt | None = None
    for index, node in enumerate(tree.body):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if docstring or future or (isinstance(node, ast.Import | ast.ImportFrom) and not future_only):
            anchor = node
        elif future_only or not isinstance(node, ast.If | ast.Try):
            break  # guarded imports stand among the others; anything else ends the head
    if anchor is None:
        return None
    # another statement may share its last line
    return next(node for node in reversed(tree.body) if node.lineno <= (anchor.end_lineno or anchor.lineno))


def _behind_comments(text: bytes) -> int:
    """The offset behind the comments that start a file: interpreter line, encoding, licence."""
    place = len(BOM) if text.startswith(BOM) else 0
    while text[place : line_stop(text, place)].lstrip().startswith(b"#"):
        following = next_line(text, place)
        if following == place or line_start(text, following) != following:
            return place
        place = following
    return place


def _aliases(file: str, statement: ast.ImportFrom | ast.Import, names: Iterable[str]) -> list[ast.alias]:
    wanted = set(names)
    for name in sorted(wanted - {alias.name for alias in statement.names}):
        raise EditImpossible(f"`{file}:{statement.lineno}` does not import `{name}`")
    return [alias for alias in statement.names if alias.name in wanted]
