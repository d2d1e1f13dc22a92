"""Where the keys, values and array items of a TOML file stand, as byte spans. The file must be valid TOML."""

import re
import tomllib
from dataclasses import dataclass

from bootproof.edits.slots import Slot, Slots, scan, string_end
from bootproof.edits.source import BOM, line_stop

_BARE = re.compile(rb"[A-Za-z0-9_-]+")
_SPACE = b" \t"


@dataclass(frozen=True)
class Entry:
    """One `key = value`, or one table header (then the value is empty). `path` is the whole key path."""

    path: tuple[str, ...]
    start: int  # of the key, or of the header's bracket
    value_start: int
    value_end: int
    header: bool = False


def parse_toml(text: bytes) -> dict[str, object] | None:
    """The file as plain data, None where it is not valid TOML."""
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None


def entries(text: bytes) -> list[Entry]:
    """Every key and table header of a valid file, in order; keys inside inline tables are not entries."""
    found: list[Entry] = []
    table: tuple[str, ...] = ()
    place = len(BOM) if text.startswith(BOM) else 0
    while place < len(text):
        byte = text[place : place + 1]
        if byte in b" \t\r\n":
            place += 1
        elif byte == b"#":
            place = line_stop(text, place)
        elif byte == b"[":
            inner = place + (2 if text.startswith(b"[[", place) else 1)
            table, end = _key(text, inner)
            end = line_stop(text, end)
            found.append(Entry(table, place, end, end, header=True))
            place = end
        else:
            entry = _entry(text, place, table)
            found.append(entry)
            place = entry.value_end
    return found


def inline(text: bytes, entry: Entry) -> list[Entry]:
    """The entries of an inline table that is an entry's value; none where it is none."""
    if text[entry.value_start : entry.value_start + 1] != b"{":
        return []
    return [_entry(text, slot.start, entry.path) for slot in slots(text, entry).items]


def slots(text: bytes, entry: Entry) -> Slots:
    """The items of the array or inline table that is an entry's value."""
    return scan(text, entry.value_start, toml=True)


def string(text: bytes, slot: Slot | Entry) -> str | None:
    """The string that an array item or a value is, None where it is none."""
    start, end = (slot.start, slot.end) if isinstance(slot, Slot) else (slot.value_start, slot.value_end)
    value = tomllib.loads("x = " + text[start:end].decode())["x"]
    return value if isinstance(value, str) else None


def quoted(value: str, like: bytes = b'"') -> str:
    """The value as a TOML string, in the quotes that `like` starts with where they can hold it."""
    if like[:1] == b"'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in escaped) + '"'


def table_end(found: list[Entry], table: tuple[str, ...]) -> int | None:
    """The end of the last value in a table that a header opens; None where no header opens it."""
    index = next((i for i, each in enumerate(found) if each.header and each.path == table), None)
    if index is None:
        return None
    last = found[index]
    for each in found[index + 1 :]:
        if each.header:
            break
        last = each
    return last.value_end


def deep(text: bytes, found: list[Entry]) -> list[Entry]:
    """The entries with those inside inline tables, at any depth, behind them."""
    inner = [each for entry in found for each in inline(text, entry)]
    return [*found, *(deep(text, inner) if inner else [])]


def _entry(text: bytes, place: int, table: tuple[str, ...]) -> Entry:
    key, after = _key(text, place)
    start = text.index(b"=", after) + 1
    while text[start : start + 1] in (b" ", b"\t"):
        start += 1
    return Entry((*table, *key), place, start, _value_end(text, start))


def _key(text: bytes, place: int) -> tuple[tuple[str, ...], int]:
    """A dotted key and the offset behind it."""
    parts: list[str] = []
    while True:
        while text[place : place + 1] in (b" ", b"\t"):
            place += 1
        if text[place : place + 1] in (b'"', b"'"):
            end = string_end(text, place, literal=True)
            parts.append(tomllib.loads("x = " + text[place:end].decode())["x"])
        else:
            bare = _BARE.match(text, place)
            if bare is None:
                raise ValueError(f"no key at byte {place}")
            end = bare.end()
            parts.append(bare.group().decode())
        place = end
        while text[place : place + 1] in (b" ", b"\t"):
            place += 1
        if text[place : place + 1] != b".":
            return tuple(parts), place
        place += 1


def _value_end(text: bytes, start: int) -> int:
    byte = text[start : start + 1]
    if byte in (b'"', b"'"):
        return string_end(text, start, literal=True)
    if byte in (b"[", b"{"):
        return scan(text, start, toml=True).close + 1
    end = start
    while end < len(text) and text[end : end + 1] not in (b",", b"}", b"]", b"#", b"\n", b"\r"):
        end += 1
    return start + len(text[start:end].rstrip(_SPACE))
