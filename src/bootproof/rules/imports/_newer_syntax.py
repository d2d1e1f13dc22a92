"""Syntax of newer Pythons in the words of older ones, where nothing but the spelling differs."""

import re
from dataclasses import dataclass

_PREFIX = re.compile(r"(?<![\w'\"])([rRuUbBfF]{0,2})(\"\"\"|'''|\"|')")
# classes only: Python 2 named the exception there, in lower case
_CLASS = r"(?:\w+\.)*[A-Z]\w*"
_EXCEPT = re.compile(rf"^(\s*except\*?\s+)({_CLASS}(?:\s*,\s*{_CLASS})+)(\s*:)")
_OTHER = {'"': "'", "'": '"'}


@dataclass(frozen=True)
class Spelling:
    """One place (offsets of characters) and what an older interpreter reads there; `since` has the newer spelling."""

    start: int
    end: int
    new: str
    since: str


def respelled(line: str) -> list[Spelling]:
    """What stands on one line of code that older interpreters refuse and could read in other words."""
    found = _EXCEPT.match(line)
    if found is not None:
        return [Spelling(found.start(2), found.end(2), f"({found[2]})", "3.14")]
    return _quotes(line)


def _quotes(line: str) -> list[Spelling]:
    """Strings inside the fields of an f-string that use its own quotes (PEP 701), with other quotes."""
    spellings: list[Spelling] = []
    place = 0
    while (opened := _PREFIX.search(line, place)) is not None:
        if "#" in line[place : opened.start()]:
            break
        formatted = "f" in opened[1].lower()
        inner, place = _inside(line, opened.end(), opened[2], formatted)
        if len(opened[2]) == 1:
            spellings += inner
    return spellings


def _inside(line: str, place: int, quote: str, formatted: bool) -> tuple[list[Spelling], int]:
    """The strings of the fields to be respelled, and the offset behind the closing quote."""
    spellings: list[Spelling] = []
    depth = 0
    while place < len(line):
        if formatted and depth and line[place] in "\"'":
            end = line.find(line[place], place + 1)
            if end < 0:
                return spellings, len(line)
            text = line[place + 1 : end]
            other = _OTHER[quote[0]]
            if line[place] == quote and other not in text and "\\" not in text:
                spellings.append(Spelling(place, end + 1, f"{other}{text}{other}", "3.12"))
            place = end + 1
            continue
        if not depth and line.startswith(quote, place):
            return spellings, place + len(quote)
        if line[place] == "\\" and not depth:
            place += 2
            continue
        if formatted and line[place] in "{}":
            if not depth and line[place : place + 2] in ("{{", "}}"):
                place += 2
                continue
            depth += 1 if line[place] == "{" else -1
        place += 1
    return spellings, len(line)
