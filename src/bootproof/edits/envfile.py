"""Edits of values in settings files: the value's own bytes change; quotes, `export` and comments stay.

The quoting is python-dotenv's (https://github.com/theskumar/python-dotenv, `parser.py`): without
quotes a value
ends before ` #`; `\\'` and `\\\\` are escapes in single quotes, C's escapes in double quotes.
"""

import re
from dataclasses import dataclass

from bootproof.edits.errors import EditImpossible
from bootproof.edits.making import edit
from bootproof.edits.source import line_start, new_lines
from bootproof.model.edit import Edit
from bootproof.model.project import SettingValue

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NEEDS_QUOTES = re.compile(r"""[\s'"`\\]""")
_NEEDS_YAML_QUOTES = re.compile(r"""['"\\]|^[\s\-?:,\[\]{}#&*!|>%@`]|: |:$|\s#|\s$|[\r\n]""")


@dataclass(frozen=True)
class _Place:
    """The value's bytes inside its quotes, `quote` "" where it has none."""

    start: int
    end: int
    quote: str


def set_value(value: SettingValue, text: bytes, new: str) -> Edit:
    """The edit that gives a variable another value, in the quotes that it has, or in new ones where it
    needs some.

    Raises EditImpossible where the file is not what was read, or cannot hold such a value without a rewrite.
    """
    place = _place(value, text)
    if value.file.endswith((".yml", ".yaml")) and not place.quote and _NEEDS_YAML_QUOTES.search(new) and "\n" not in new:
        before = text[line_start(text, place.start) : place.start]
        if re.search(rb":[ \t]+$", before):  # `KEY: value`: the whole of it is quoted
            return edit(value.file, text, place.start, place.end, "'" + new.replace("'", "''") + "'")
        # `- KEY=value`: quotes and brackets inside a plain text are text
        if re.search(rb"-[ \t]+\w+=$", before) and not re.search(r": |:$|\s#|\s$|\r", new):
            return edit(value.file, text, place.start, place.end, new)
    return edit(value.file, text, place.start, place.end, _spelled(value, new, place.quote))


def replace_part(value: SettingValue, text: bytes, start: int, end: int, new: str) -> Edit:
    """The edit that replaces characters `start` to `end` of a value (as read: without quotes and escapes).

    Several parts of one value can be replaced by edits of their own. Raises EditImpossible where the
    place of a
    part cannot be told, as in a value that is composed of other variables.
    """
    if not 0 <= start <= end <= len(value.value):
        raise EditImpossible(
            f"`{value.file}:{value.line}`: `{value.key}` is shorter than the part to be replaced"
        )
    place = _place(value, text)
    raw = text[place.start : place.end].decode("utf-8", "surrogateescape")
    said, offsets = _read(value, raw, place.quote)
    if said != value.value:
        old = value.value[start:end]
        if not old or raw.count(old) != 1 or value.value.count(old) != 1:
            raise EditImpossible(
                f"`{value.file}:{value.line}`: `{value.key}` is composed of other variables: change it there"
            )
        first = raw.index(old)
        last = first + len(old)
    else:
        first, last = offsets[start], offsets[end]
    spelled = _spelled(value, new, place.quote or "part")
    begin = place.start + len(raw[:first].encode("utf-8", "surrogateescape"))
    stop = place.start + len(raw[:last].encode("utf-8", "surrogateescape"))
    return edit(value.file, text, begin, stop, spelled)


def add_variable(file: str, text: bytes | None, key: str, value: str) -> Edit:
    """The edit that sets one variable more, in a line at the end; creates the file where `text` is None."""
    line = f"{key}={_dotenv(value, '')}"
    if text is None:
        return Edit(file, 0, 0, "", line + "\n", creates=True)
    place, lines = new_lines(text, len(text), line)
    return edit(file, text, place, place, lines)


def quoted(value: str) -> str:
    """A value as it stands in a .env file, in quotes where it needs some."""
    return _dotenv(value, "")


def remove_variable(value: SettingValue, text: bytes) -> Edit:
    """The edit that takes a variable's line out of a .env file, its comment too; raises EditImpossible
    elsewhere.
    """
    place = _place(value, text)
    if value.source != "env-file":
        raise EditImpossible(
            f"`{value.file}:{value.line}`: `{value.key}` does not stand in a line of its own"
        )
    start = max(text.rfind(b"\n", 0, place.start), text.rfind(b"\r", 0, place.start)) + 1
    found = re.compile(rb"\r\n|\r|\n").search(text, place.end)
    return edit(value.file, text, start, found.end() if found else len(text), "")


def _place(value: SettingValue, text: bytes) -> _Place:
    """Both readings of a span are met: with the quotes, and without them."""
    start, end = value.start, value.end
    if not 0 <= start <= end <= len(text):
        raise EditImpossible(f"`{value.file}:{value.line}`: `{value.key}` is not where it was read")
    piece = text[start:end]
    for quote in ("'", '"'):
        mark = quote.encode()
        if (
            len(piece) >= 2
            and piece.startswith(mark)
            and piece.endswith(mark)
            and piece != value.value.encode()
        ):
            return _Place(start + 1, end - 1, quote)
        if text[start - 1 : start] == mark and text[end : end + 1] == mark:
            return _Place(start, end, quote)
    return _Place(start, end, "")


def _read(value: SettingValue, raw: str, quote: str) -> tuple[str, list[int]]:
    """What the raw text says, and for each of its characters where it stands in the raw text (and the
    end).
    """
    said: list[str] = []
    offsets: list[int] = []
    index = 0
    while index < len(raw):
        offsets.append(index)
        pair = raw[index : index + 2]
        if value.source != "env-file" or len(pair) < 2 or pair[0] != "\\" or not quote:
            said.append(raw[index])
            index += 1
        elif pair[1] in ("\\", "'") or (quote == '"' and pair[1] == '"'):
            said.append(pair[1])
            index += 2
        elif quote == '"' and pair[1] in _ESCAPES:
            said.append(_ESCAPES[pair[1]])
            index += 2
        else:
            said.append("\\")
            index += 1
    return "".join(said), [*offsets, len(raw)]


def _spelled(value: SettingValue, new: str, quote: str) -> str:
    """The new text as it must stand in the file. `quote` "part": inside an unquoted value, which stays
    unquoted.
    """
    if value.source == "env-file":
        if quote == "part" and _NEEDS_QUOTES.search(new):
            raise EditImpossible(
                f"`{value.file}:{value.line}`: `{value.key}` would need quotes: set it as a whole"
            )
        return new if quote == "part" else _dotenv(new, quote)
    bare = quote in ("", "part")
    if (
        "\n" in new
        or (bare and (_NEEDS_YAML_QUOTES.search(new) or " " in new))
        or (not bare and quote in new)
    ):
        raise EditImpossible(
            f"`{value.file}:{value.line}`: `{value.key}` cannot be written here without a rewrite"
        )
    return new


def _dotenv(new: str, quote: str) -> str:
    if quote == "":
        if not _NEEDS_QUOTES.search(new) and not new.startswith("#"):
            return new
        quote = '"' if re.search(r"[\r\n]", new) else "'"
        return quote + _dotenv(new, quote) + quote
    if quote == "'":
        return new.replace("\\", "\\\\").replace("'", "\\'")
    escaped = new.replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
