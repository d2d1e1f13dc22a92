"""Make an Edit from a place and a text."""

import textwrap

from bootproof.edits.slots import Change
from bootproof.edits.source import decode, line_ending
from bootproof.model.edit import Edit


def edit(file: str, text: bytes, start: int, end: int, new: str) -> Edit:
    """The edit that puts `new` in the place of the bytes `start` to `end`, with the file's own line
    endings.
    """
    return Edit(file, start, end, decode(file, text[start:end], text), with_ending(new, text))


def from_change(file: str, text: bytes, change: Change) -> Edit:
    """The edit that a change is."""
    return edit(file, text, change.start, change.end, change.new.decode("utf-8", "surrogateescape"))


def moved(file: str, text: bytes, to: str) -> tuple[Edit, Edit]:
    """The edits that give a file another name, byte for byte."""
    content = decode(file, text)
    return Edit(to, 0, 0, "", content, creates=True), deleted(file, text)


def deleted(file: str, text: bytes) -> Edit:
    """The edit after which there is no such file."""
    return Edit(file, 0, len(text), decode(file, text), "", deletes=True)


def nothing(file: str) -> Edit:
    """An edit that changes nothing: what was to be added is there already."""
    return Edit(file, 0, 0, "", "")


def with_ending(code: str, text: bytes) -> str:
    """Code with the line endings of the file `text`."""
    return code.replace("\r\n", "\n").replace("\n", line_ending(text))


def indented(code: str, indentation: str) -> str:
    """Code of any indentation at this one, without a line end."""
    return textwrap.indent(textwrap.dedent(code).strip("\r\n"), indentation)
