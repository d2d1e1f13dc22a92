"""Options of ini files: where they stand, and edits that change or add them. The rest of the file stays as it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.source import line_ending, line_starts, line_stop
from bootproof.model.edit import Edit

_SECTION = re.compile(rb"\[(?P<name>[^\]]+)\]")
_OPTION = re.compile(rb"(?P<name>[^\s=:#;\[][^=:]*?)[ \t]*[=:][ \t]*(?P<value>[^\r\n]*?)[ \t]*$")


@dataclass(frozen=True)
class Option:
    """One option as written on its own line; `start` and `end` are the bytes of its value."""

    section: str
    name: str
    value: str
    line: int
    start: int
    end: int

    def given(self, file: str, text: bytes, value: str) -> Edit:
        """The edit that gives it another value."""
        return edit(file, text, self.start, self.end, value)


def options(text: bytes) -> Iterator[Option]:
    """The options of an ini file, in order; what a value has on further lines is not told."""
    section = ""
    for number, start in enumerate(line_starts(text), 1):
        line = text[start : line_stop(text, start)]
        head = _SECTION.match(line)
        if head is not None:
            section = head["name"].decode("utf-8", "surrogateescape").strip()
            continue
        found = _OPTION.match(line) if line[:1] not in b" \t#;" else None
        if found is not None:
            name = found["name"].decode("utf-8", "surrogateescape").strip()
            value = found["value"].decode("utf-8", "surrogateescape")
            yield Option(section, name, value, number, start + found.start("value"), start + found.end("value"))


def option(text: bytes, section: str, name: str) -> Option | None:
    """One option, None where the section has no such one."""
    return next((each for each in options(text) if (each.section, each.name) == (section, name)), None)


def sections(text: bytes) -> tuple[str, ...]:
    """The names of the sections."""
    heads = (_SECTION.match(text[start : line_stop(text, start)]) for start in line_starts(text))
    return tuple(head["name"].decode("utf-8", "surrogateescape").strip() for head in heads if head is not None)


def add_at_end(file: str, text: bytes, lines: str) -> Edit:
    """The edit that puts whole sections behind everything else."""
    ending = line_ending(text)
    gap = "" if not text or text.endswith(b"\n\n") else ending if text.endswith(b"\n") else ending * 2
    return edit(file, text, len(text), len(text), gap + lines.replace("\n", ending))
