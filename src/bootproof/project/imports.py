"""The import statements of a file, read from its bytes.

A regular expression costs a tenth of parsing (0.4 µs a line against 4 to 5 µs), which is what lets a
large tree be read at all. Where bytes cannot decide (odd quoting), the caller is told to parse.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One module of one import statement.

    `level` counts leading dots; `names` are those of `from … import`.
    """

    module: str
    line: int
    level: int = 0
    names: tuple[str, ...] | None = None  # None for a plain `import`


_WORD_IMPORT = re.compile(rb"import")
_DOTTED = rb"[\w.\x80-\xff]+"
_STATEMENT = re.compile(
    rb"[ \t\f]*(?:\xef\xbb\xbf)?"
    rb"(?:(?:try|else|finally|if[^\n'\"#:]*|elif[^\n'\"#:]*|except[^\n'\"#:]*)[ \t]*:[ \t]*)?"
    rb"((?:import[ \t\\]+|from[ \t\\]*(?=[ \t.\\][ \t.\\\r\n\w\x80-\xff]*[ \t\\)]import\b|[. \t]+import\b))"
    rb"(?:[^\n#;\\(]|\\\r?\n)*(?:\([^)]*\))?[^\n#]*)",
)
_FROM = re.compile(rb"from\s*(\.*)\s*(" + _DOTTED + rb")?\s*\bimport\b\s*(.*)", re.DOTALL)
_TRIPLE = re.compile(rb"\"\"\"|'''")
_CHECKING = re.compile(rb"^([ \t]*)if[ \t]+(?:\w+\.)?TYPE_CHECKING[ \t]*:", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\n]*")
_NOT_NAMES = re.compile(rb"[()\\\r\n]")


def scan(source: bytes) -> tuple[Import, ...] | None:
    """The imports that the bytes show, lazy ones included, those for type checkers alone left out.

    None where quoting makes bytes undecidable, so that the file must be parsed.
    """
    if b"import" not in source:
        return ()
    if b"\r" in source:
        source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    hidden = _strings(source)
    if hidden is None:
        return None
    hidden += _for_checkers(source)
    found: list[Import] = []
    line, seen = 1, 0
    for match in _statements(source):
        start = match.start(1)
        if any(low <= start < high for low, high in hidden):
            continue
        line += source.count(b"\n", seen, start)
        seen = start
        for part in _COMMENT.sub(b"", match[1]).split(b";"):
            found.extend(_read(part.strip(), line))
    return tuple(found)


def from_syntax(tree: ast.Module) -> tuple[Import, ...]:
    """The same, from a parsed file."""
    return tuple(_nodes(tree.body))


def _nodes(body: list[ast.stmt]) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", node.lineno, node.level, names)
        elif isinstance(node, ast.If) and ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            yield from _nodes(node.orelse)
        else:
            for field in ("body", "orelse", "finalbody"):
                yield from _nodes(getattr(node, field, []))
            for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from _nodes(part.body)


def _statements(source: bytes) -> Iterator[re.Match[bytes]]:
    # A search for the word is five times faster than one for a line's beginning, at which no literal stands.
    done = 0
    for word in _WORD_IMPORT.finditer(source):
        if word.start() < done:
            continue
        begin = source.rfind(b"\n", 0, word.start()) + 1
        while begin and source[begin - 2 : begin] == b"\\\n":
            begin = source.rfind(b"\n", 0, begin - 1) + 1
        match = _STATEMENT.match(source, begin)
        if match:
            done = source.find(b"\n", match.end()) + 1 or len(source)
            yield match


def _read(statement: bytes, line: int) -> Iterator[Import]:
    if statement.startswith(b"from"):
        match = _FROM.match(_NOT_NAMES.sub(b" ", statement))
        if match:
            names = tuple(part.split()[0].decode() for part in match[3].split(b",") if part.split())
            yield Import((match[2] or b"").decode("utf-8", "replace"), line, len(match[1]), names)
    elif statement.startswith(b"import"):
        for part in _NOT_NAMES.sub(b" ", statement[6:]).split(b","):
            words = part.split()
            if words and re.fullmatch(_DOTTED, words[0]):
                yield Import(words[0].decode("utf-8", "replace"), line)


def _strings(source: bytes) -> list[tuple[int, int]] | None:
    """Where triple-quoted strings stand; None where that cannot be told without a tokenizer."""
    spans: list[tuple[int, int]] = []
    opened, quote = -1, b""
    for match in _TRIPLE.finditer(source):
        at = match.start()
        if opened < 0:
            before = source[source.rfind(b"\n", 0, at) + 1 : at]
            if b"#" in before or b"'" in before or b'"' in before:
                return None
            opened, quote = at, match[0]
        elif match[0] == quote:
            if source[at - 1 : at] == b"\\":
                return None
            spans.append((opened, match.end()))
            opened = -1
    return spans if opened < 0 else None


def _for_checkers(source: bytes) -> list[tuple[int, int]]:
    """The blocks under `if TYPE_CHECKING:`; importing the file never runs them."""
    if b"TYPE_CHECKING" not in source:
        return []
    spans = []
    for match in _CHECKING.finditer(source):
        deeper = re.compile(rb"^(?!" + re.escape(match[1]) + rb"[ \t]|[ \t]*(?:#|$)|\))", re.MULTILINE)
        end = deeper.search(source, source.find(b"\n", match.end()) + 1 or len(source))
        spans.append((match.end(), end.start() if end else len(source)))
    return spans
