"""Make edits that put statements and decorators beside others, at their indentation."""

import ast

from bootproof.edits.errors import EditImpossible
from bootproof.edits.making import edit, indented
from bootproof.edits.source import (
    blank,
    indentation,
    line_start,
    line_stop,
    new_lines,
    next_line,
    rest_is_comment,
    span,
)
from bootproof.model.edit import Edit

_Decorated = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.With,
    ast.AsyncWith,
    ast.Match,
    _Decorated,
)


def insert_decorator(
    file: str, text: bytes, node: _Decorated, decorator: str, *, innermost: bool = False
) -> Edit:
    """The edit that decorates a function or class; `decorator` with or without its `@`.

    It goes above the decorators that are there, `innermost` below them.
    """
    start = span(text, node, file)[0]
    if node.decorator_list and not innermost:
        start = span(text, node.decorator_list[0], file)[0]
    line = f"{indentation(text, start)}@{decorator.removeprefix('@')}\n"
    return edit(file, text, line_start(text, start), line_start(text, start), line)


def insert_statement_before(file: str, text: bytes, node: ast.stmt, code: str) -> Edit:
    """The edit that puts code, at any indentation, before a statement and its decorators.

    Raises EditImpossible where the statement shares its line and the code is more than one line.
    """
    start = span(text, node, file)[0]
    if isinstance(node, _Decorated) and node.decorator_list:
        start = span(text, node.decorator_list[0], file)[0]
    _refuse_elif(file, text, node, start)
    place = line_start(text, start)
    if blank(text[place:start].rstrip(b"@ \t")):
        return edit(file, text, place, place, indented(code, indentation(text, start)) + "\n")
    return edit(file, text, start, start, f"{_one_line(file, code)}; ")


def insert_statement_after(file: str, text: bytes, node: ast.stmt, code: str) -> Edit:
    """The edit that puts code, at any indentation, behind a statement, in the same block.

    Raises EditImpossible where the statement shares its line and the code is more than one line.
    """
    start, end = span(text, node, file)
    _refuse_elif(file, text, node, start)
    alone = blank(text[line_start(text, start) : start]) or isinstance(node, _Decorated)
    if alone and rest_is_comment(text[end : line_stop(text, end)]):
        place, lines = new_lines(text, end, indented(code, indentation(text, start)))
        return edit(file, text, place, place, lines)
    return edit(file, text, end, end, f"; {_one_line(file, code)}")


def drop_decorator(file: str, text: bytes, decorator: ast.expr) -> Edit:
    """The edit that takes a decorator away, with its line where it stands alone there."""
    start, end = span(text, decorator, file)
    start = text.rindex(b"@", 0, start)
    if blank(text[line_start(text, start) : start]) and rest_is_comment(text[end : line_stop(text, end)]):
        return edit(file, text, line_start(text, start), next_line(text, end), "")
    return edit(file, text, start, end, "")


def drop_statement(file: str, text: bytes, tree: ast.Module, node: ast.stmt) -> Edit:
    """The edit that takes a statement away, with its lines where it stands alone there; an empty block gets `pass`."""
    start, end = span(text, node, file)
    if _is_alone(tree, node):
        return edit(file, text, start, end, "pass")
    _refuse_elif(file, text, node, start)
    if blank(text[line_start(text, start) : start]) and rest_is_comment(text[end : line_stop(text, end)]):
        return edit(file, text, line_start(text, start), next_line(text, end), "")
    if blank(text[line_start(text, start) : start]):  # `;` and more behind it
        behind = text.index(b";", end) + 1
        return edit(file, text, start, behind + len(text[behind:]) - len(text[behind:].lstrip(b" \t")), "")
    return edit(file, text, text.rindex(b";", 0, start), end, "")


def _is_alone(tree: ast.Module, node: ast.stmt) -> bool:
    """Whether a statement is the only one of its block."""
    for each in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(each, name, None)
            if isinstance(block, list) and node in block:
                return len(block) == 1 and not isinstance(each, ast.Module)
    return False


def _refuse_elif(file: str, text: bytes, node: ast.stmt, start: int) -> None:
    # an `elif` is a node of its own for ast, but nothing can stand beside it
    if isinstance(node, ast.If) and text.startswith(b"elif", start):
        raise EditImpossible(f"`{file}:{node.lineno}`: no statement can be put beside `elif`")


def _one_line(file: str, code: str) -> str:
    code = code.strip()
    if "\n" in code or isinstance(ast.parse(code).body[0], _COMPOUND):
        raise EditImpossible(f"`{file}`: the statement shares its line, so a block cannot be put beside it")
    return code
