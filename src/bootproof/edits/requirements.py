"""Edits of requirements files: whole lines are added, only the requirement's own bytes are replaced.

The lines are pip's: comments start at a `#` behind a blank, a backslash continues a line, options
stand behind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bootproof.edits.errors import Refusal
from bootproof.edits.making import edit, nothing
from bootproof.edits.source import line_starts, line_stop, new_lines, next_line
from bootproof.edits.wording import name_of, with_extra, with_marker_of, with_specifier
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement

_COMMENT = re.compile(rb"(^|[ \t]+)#")
_CONTINUED = re.compile(rb"[ \t]*\\[ \t]*(?:\r\n|\r|\n)[ \t]*")
_OPTION = re.compile(rb"[ \t\\\r\n]+--?(?:hash|global-option|config-settings?|install-option)\b")


@dataclass(frozen=True)
class _Line:
    """A logical line: its lines counted from 1, its bytes, and the bytes of the requirement in it."""

    first: int
    last: int
    start: int
    end: int
    body: bytes
    body_start: int

    @property
    def name(self) -> str | None:
        return name_of(self.text)

    @property
    def text(self) -> str:
        """The requirement with its continued lines joined."""
        return _CONTINUED.sub(b" ", self.body).decode("utf-8", "surrogateescape")


def add_requirement(
    file: DependencyFile, text: bytes, requirement: str, *, near: int | None = None
) -> Edit | Refusal:
    """The edit that adds a line: behind the line `near`, else where the alphabet says if the file
    keeps to it,
    else behind the last requirement. It changes nothing where that very line is there.
    """
    refusal = _refusal(file.path, text, adding=True)
    if refusal:
        return refusal
    lines = _lines(text)
    name = name_of(requirement)
    same = [line for line in lines if line.name is not None and line.name == name]
    if any(line.text == requirement for line in same):
        return nothing(file.path)
    if same and not _has_marker(requirement):
        return Refusal(f"`{file.path}:{same[0].first}` declares `{name}` already")
    anchor = _anchor(lines, name or requirement, near)
    if anchor is not None:
        return _behind(file.path, text, anchor.end, requirement)
    starts = line_starts(text)
    first = next((line for line in lines if line.name is not None), None)
    if near is not None and 1 <= near <= len(starts) and text[starts[0] :]:
        return _behind(file.path, text, starts[near - 1], requirement)
    if first is not None:  # by the alphabet it goes before every other
        return edit(file.path, text, first.start, first.start, requirement + "\n")
    return _behind(file.path, text, max(len(text.rstrip()), starts[0]), requirement)


def replace_requirement(file: DependencyFile, text: bytes, old: Requirement, new: str) -> Edit | Refusal:
    """The edit that declares `new` in the place of `old`; the marker stays unless `new` has one, so do
    comments.
    """
    return _replace(file.path, text, old, lambda body: with_marker_of(body, new))


def add_extra(file: DependencyFile, text: bytes, requirement: Requirement, extra: str) -> Edit | Refusal:
    """The edit that asks for an extra: `sqlalchemy>=2.0` → `sqlalchemy[asyncio]>=2.0`."""
    return _replace(file.path, text, requirement, lambda body: with_extra(body, extra))


def pin(file: DependencyFile, text: bytes, requirement: Requirement, specifier: str) -> Edit | Refusal:
    """The edit that gives a requirement another version specifier, as `==2.0.46`."""
    return _replace(file.path, text, requirement, lambda body: with_specifier(body, specifier))


def remove_requirement(file: DependencyFile, text: bytes, requirement: Requirement) -> Edit | Refusal:
    """The edit that takes a requirement's line out, with its comment and hashes."""
    line = _find(file.path, text, requirement)
    if isinstance(line, Refusal):
        return line
    return edit(file.path, text, line.start, next_line(text, line.end), "")


def _behind(file: str, text: bytes, offset: int, requirement: str) -> Edit:
    place, lines = new_lines(text, offset, requirement)
    return edit(file, text, place, place, lines)


def _anchor(lines: list[_Line], name: str, near: int | None) -> _Line | None:
    """The line to follow; None for the start of the file."""
    if near is not None:
        before = [line for line in lines if line.first <= near]
        return before[-1] if before else None
    declared = [line for line in lines if line.name is not None]
    names = [line.name or "" for line in declared]
    if len(names) > 2 and names == sorted(names):
        before = [line for line in declared if (line.name or "") < name]
        return before[-1] if before else None
    return declared[-1] if declared else (lines[-1] if lines else None)


def _replace(
    file: str, text: bytes, requirement: Requirement, change: Callable[[str], str | None]
) -> Edit | Refusal:
    refusal = _refusal(file, text, adding=False)
    line = refusal or _find(file, text, requirement)
    if isinstance(line, Refusal):
        return line
    if b"--hash" in text[line.start : line.end]:
        return Refusal(f"`{file}:{line.first}` is locked by hashes: its lock must be made anew")
    new = change(line.text)
    if new is None:
        return Refusal(f"`{file}:{line.first}` is not a requirement of a name and a version")
    if new == line.text:
        return nothing(file)
    return edit(file, text, line.body_start, line.body_start + len(line.body), new)


def _find(file: str, text: bytes, requirement: Requirement) -> _Line | Refusal:
    lines = [line for line in _lines(text) if line.name == requirement.name]
    here = [line for line in lines if line.first <= requirement.line <= line.last]
    if not lines:
        return Refusal(f"`{file}` does not declare `{requirement.name}` in a line of its own")
    return (here or lines)[0]


def _refusal(file: str, text: bytes, *, adding: bool) -> Refusal | None:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in text:
        return Refusal(f"`{file}` is not written in UTF-8")
    if adding and any(
        b"--hash" in line.body or b"--require-hashes" in line.body for line in _lines(text, whole=True)
    ):
        return Refusal(f"`{file}` is locked by hashes, which a plain requirement would break: lock it anew")
    return None


def _has_marker(requirement: str) -> bool:
    return ";" in requirement


def _lines(text: bytes, *, whole: bool = False) -> list[_Line]:
    """The logical lines that say something; `whole`: their bodies with the options behind."""
    starts = line_starts(text)
    found: list[_Line] = []
    index = 0
    while index < len(starts):
        first = index
        stop = line_stop(text, starts[index])
        comment = text[starts[index] : stop].lstrip().startswith(b"#")
        while not comment and text[starts[index] : stop].rstrip().endswith(b"\\") and index + 1 < len(starts):
            index += 1
            stop = line_stop(text, starts[index])
        start, index = starts[first], index + 1
        said = text[start:stop]
        cut = _COMMENT.search(said)
        said = said[: cut.start()] if cut else said
        option = None if whole else _OPTION.search(said)
        body = (said[: option.start()] if option else said).rstrip(b" \t\\\r\n")
        body_start = start + len(body) - len(body.lstrip())
        if body.strip():
            found.append(_Line(first + 1, index, start, stop, body.lstrip(), body_start))
    return found
