"""Take names out of one import statement and keep the formatting of the rest."""

import ast

from bootproof.edits.slots import drop, scan
from bootproof.edits.source import span
from bootproof.edits.splice import splice


def parse_import(statement: str) -> ast.Import | ast.ImportFrom | None:
    """The one import statement that a text is, None where it is anything else."""
    try:
        body = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError):
        return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.Import | ast.ImportFrom) else None


def without(statement: str, names: set[str]) -> str | None:
    """The statement without the imported `names` (before `as`); None where nothing is left.

    Raises KeyError with a name that the statement does not import, ValueError where it is no import
    statement.
    """
    node = parse_import(statement)
    if node is None:
        raise ValueError("it is no import statement")
    present = {alias.name for alias in node.names}
    for name in sorted(names - present):
        raise KeyError(name)
    if present <= names:
        return None
    text = statement.encode()
    # one at a time: each step then sees the layout that the last one left
    while (index := _first(text, names)) is not None:
        text = _without_one(text, index)
    return text.decode()


def _first(text: bytes, names: set[str]) -> int | None:
    node = parse_import(text.decode())
    aliases = node.names if node is not None else []
    return next((index for index, alias in enumerate(aliases) if alias.name in names), None)


def _without_one(text: bytes, index: int) -> bytes:
    node = parse_import(text.decode())
    assert node is not None  # every step leaves a valid statement
    places = [span(text, alias) for alias in node.names]
    bracket = text.find(b"(", 0, places[0][0])
    if bracket >= 0:
        return splice(text, [drop(scan(text, bracket), index)])
    # without brackets neither a trailing comma nor a dangling backslash is legal
    if index + 1 < len(places):
        return text[: places[index][0]] + text[places[index + 1][0] :]
    return text[: places[index - 1][1]] + text[places[index][1] :]
