"""Places in a file: lines, byte offsets, encodings, line endings. All offsets are bytes of the
untouched file.
"""

import ast
import io
import re
import tokenize
from bisect import bisect_right

BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


def encoding_of(file: str, text: bytes) -> str:
    """The encoding of a file: what PEP 263 says for Python, UTF-8 for everything else."""
    if not file.endswith((".py", ".pyi", ".pyw")):
        return "utf-8"
    try:
        name = tokenize.detect_encoding(io.BytesIO(text).readline)[0]
    except SyntaxError:
        return "utf-8"
    return "utf-8" if name == "utf-8-sig" else name


def decode(file: str, text: bytes, within: bytes | None = None) -> str:
    """Bytes of a file as text, byte for byte reversible by `encode`; `within` is the whole file, for
    its encoding.
    """
    return text.decode(encoding_of(file, text if within is None else within), "surrogateescape")


def encode(file: str, new: str, within: bytes) -> bytes:
    """Text as bytes in the encoding of the file `within`."""
    return new.encode(encoding_of(file, within), "surrogateescape")


def line_ending(text: bytes) -> str:
    """The file's first line ending; `\\n` where it has none."""
    found = _LINE_END.search(text)
    return found.group().decode("ascii") if found else "\n"


def line_starts(text: bytes) -> list[int]:
    """The offset of each line's first byte, as Python counts lines; a byte order mark belongs to no line."""
    first = len(BOM) if text.startswith(BOM) else 0
    return [first, *(found.end() for found in _LINE_END.finditer(text))]


def line_of(starts: list[int], offset: int) -> int:
    """The line, counted from 1, that holds an offset."""
    return max(1, bisect_right(starts, offset))


def line_start(text: bytes, offset: int) -> int:
    """The offset where the line that holds `offset` starts."""
    start = max(text.rfind(b"\n", 0, offset), text.rfind(b"\r", 0, offset)) + 1
    return len(BOM) if start == 0 and text.startswith(BOM) else start


def line_stop(text: bytes, offset: int) -> int:
    """The offset where the line that holds `offset` stops, its line ending not counted."""
    found = _LINE_END.search(text, offset)
    return found.start() if found else len(text)


def next_line(text: bytes, offset: int) -> int:
    """The offset behind the line ending of the line that holds `offset`."""
    found = _LINE_END.search(text, offset)
    return found.end() if found else len(text)


def indentation(text: bytes, offset: int) -> str:
    """The blanks that start the line of `offset`."""
    start = line_start(text, offset)
    line = text[start : line_stop(text, start)]
    return line[: len(line) - len(line.lstrip(b" \t\x0c"))].decode("ascii")


def blank(piece: bytes) -> bool:
    """Whether bytes are blanks only."""
    return not piece.strip(b" \t\x0c")


def rest_is_comment(piece: bytes) -> bool:
    """Whether bytes, the rest of a line, are blanks and at most a comment."""
    rest = piece.lstrip(b" \t\x0c")
    return not rest or rest.startswith(b"#")


def new_lines(text: bytes, offset: int, lines: str) -> tuple[int, str]:
    """Where to insert, and what, so that whole `lines` follow the line of `offset`.

    `lines` is joined by the file's own line ending and has none at its end.
    """
    place = next_line(text, offset)
    ending = line_ending(text)
    if place == len(text) and not text.endswith((b"\n", b"\r")) and text not in (b"", BOM):
        return place, ending + lines
    return place, lines + ending


def span(text: bytes, node: ast.AST, file: str = "x.py") -> tuple[int, int]:
    """The byte offsets of a node of the parsed `text`; raises ValueError for a node without a place."""
    line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
    end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
    if line is None or column is None or end_line is None or end_column is None:
        raise ValueError(f"the node has no place: {type(node).__name__}")
    starts = line_starts(text)
    encoding = encoding_of(file, text)
    return _offset(text, starts, line, column, encoding), _offset(
        text, starts, end_line, end_column, encoding
    )


def _offset(text: bytes, starts: list[int], line: int, column: int, encoding: str) -> int:
    start = starts[line - 1]
    if encoding == "utf-8":
        return start + column
    # ast counts columns in UTF-8 whatever the file is written in
    whole = text[start : line_stop(text, start)].decode(encoding, "surrogateescape")
    before = whole.encode("utf-8", "surrogateescape")[:column].decode("utf-8", "surrogateescape")
    return start + len(before.encode(encoding, "surrogateescape"))


def parse(text: bytes) -> ast.Module | None:
    """The parsed Python text, None where it does not parse."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
