"""Make edits that put statements into a block of their own: a head line, and everything below it further in."""

import ast
from collections.abc import Sequence

from bootproof.edits.errors import EditImpossible
from bootproof.edits.making import edit, indented
from bootproof.edits.source import blank, indentation, line_start, line_starts, line_stop, rest_is_comment, span
from bootproof.model.edit import Edit


def put_in_block(file: str, text: bytes, statements: Sequence[ast.stmt], head: str) -> list[Edit]:
    """The edits that put `head` (`async with … as name:`) before statements and these below it.

    The statements follow each other in one block. Other edits inside of them compose with these. Raises
    EditImpossible where they share a line with what stays outside.
    """
    start = span(text, statements[0], file)[0]
    first = line_start(text, start)
    moved = further_in(file, text, statements)
    return [edit(file, text, first, first, indented(head, indentation(text, start)) + "\n"), *moved]


def further_in(file: str, text: bytes, statements: Sequence[ast.stmt], *, comments: bool = False) -> list[Edit]:
    """The edits that put the lines of statements of one block one step further in, with the comments above if asked."""
    start, end = span(text, statements[0], file)[0], span(text, statements[-1], file)[1]
    first, before = line_start(text, start), text[line_start(text, start) : start]
    if not blank(before) or not rest_is_comment(text[end : line_stop(text, end)].lstrip(b" \t;")):
        raise EditImpossible(f"`{file}:{statements[0].lineno}`: the statement shares its line with others")
    while comments and text[line_start(text, first - 1) : first].lstrip().startswith(b"#"):
        first = line_start(text, first - 1)
    step = "\t" if before.endswith(b"\t") else "    "
    inside = _inside_strings(statements)
    return [
        edit(file, text, place, place, step)
        for number, place in enumerate(line_starts(text), 1)
        if first <= place < end and number not in inside and not blank(text[place : line_stop(text, place)])
    ]


def up_to_last_use(body: Sequence[ast.stmt], first: int, name: str) -> list[ast.stmt]:
    """The statements of a block from index `first` to the last one that uses a name, and what shares its line.

    What is made from it (a result, a row) may not outlive it, so that the uses of that count as well, up to a `yield`.
    """
    last, derived, index = first, {name}, first
    while index < len(body):
        used = {node.id for node in ast.walk(body[index]) if isinstance(node, ast.Name)}
        if name in used or (used & derived and not _yields(body[first : index + 1])):
            last = index
            derived |= {
                node.id
                for node in ast.walk(body[index])
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
        index += 1
    while last + 1 < len(body) and body[last + 1].lineno == body[last].end_lineno:
        last += 1
    return list(body[first : last + 1])


def _yields(statements: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for each in statements for node in ast.walk(each))


def _inside_strings(statements: Sequence[ast.stmt]) -> set[int]:
    """The lines that begin inside a string: blanks more would change its text."""
    return {
        line
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
