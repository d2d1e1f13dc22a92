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


def _refuse_elif(file: str, text: bytes, node: ast.stmt, start: int) -> None:
    # an `elif` is a node of its own for ast, but nothing can stand beside it
    if isinstance(node, ast.If) and text.startswith(b"elif", start):
        raise EditImpossible(f"`{file}:{node.lineno}`: no statement can be put beside `elif`")


def _one_line(file: str, code: str) -> str:
    code = code.strip()
    if "\n" in code or isinstance(ast.parse(code).body[0], _COMPOUND):
        raise EditImpossible(f"`{file}`: the statement shares its line, so a block cannot be put beside it")
    return code
