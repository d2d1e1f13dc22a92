"""Words of a command where a file of the project says it: process file, Dockerfile, compose, platform file, script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.source import line_of, line_start, line_starts, line_stop
from bootproof.model.edit import Edit

LONGEST = 40  # lines over which one command may stretch
_WORD = re.compile(rb"""(?:[^\s"'\[\],;&|()<>]|\(\))+|(?P<empty>""|'')""")
_LISTED = re.compile(rb"""[ \t]*-[ \t]+(["']?)[^"'\r\n]*\1[ \t]*$""")


@dataclass(frozen=True)
class Word:
    """One word as a file has it: `start` and `end` are bytes, its quotes left out."""

    file: str
    line: int
    start: int
    end: int
    text: str


def words(file: str, text: bytes, line: int, program: str) -> tuple[Word, ...]:
    """The words of the command that starts `program` at or behind a line, beginning with the program."""
    starts = line_starts(text)
    if not 0 < line <= len(starts):
        return ()
    end = starts[line - 1 + LONGEST] if line - 1 + LONGEST < len(starts) else len(text)
    found: list[Word] = []
    for each in _split(file, text, starts, starts[line - 1], end):
        if found or each.text.rpartition("/")[2] == program:
            found.append(each)
    return tuple(found)


def _split(file: str, text: bytes, starts: list[int], begin: int, end: int) -> Iterator[Word]:
    for match in _WORD.finditer(text, begin, end):
        at, stop = match.span()
        if match["empty"] is not None:
            at, stop = at + 1, stop - 1
        if match[0] != b"\\":
            yield Word(file, line_of(starts, at), at, stop, text[at:stop].decode("utf-8", "surrogateescape"))


def replaced(text: bytes, word: Word, new: str) -> Edit:
    """The edit that puts another word in its place."""
    return edit(word.file, text, word.start, word.end, new)


def added(text: bytes, word: Word, *new: str) -> Edit:
    """The edit that adds words behind one, in the form in which the command stands there."""
    quote = text[word.end : word.end + 1].decode("latin-1")
    quoted = quote in ("'", '"') and text[word.start - 1 : word.start] == quote.encode()
    start, stop = line_start(text, word.start), line_stop(text, word.start)
    if _LISTED.fullmatch(text, start, stop):
        before = text[start : word.start].decode("utf-8", "surrogateescape")
        lines = "".join(f"\n{before}{each}{quote if quoted else ''}" for each in new)
        return edit(word.file, text, stop, stop, lines)
    front, behind = text[: word.start - 1].rstrip()[-1:], text[word.end + 1 :].lstrip()[:1]
    if quoted and front in (b"[", b",") and behind in (b"]", b","):
        inside = "".join(f"{quote}, {quote}{each}" for each in new)
        return edit(word.file, text, word.end, word.end, inside)
    place = word.end + 1 if quoted and text[word.end + 1 : word.end + 2] in (b" ", b"\n", b"\r", b"") else word.end
    return edit(word.file, text, place, place, "".join(f" {each}" for each in new))
