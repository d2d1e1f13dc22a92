"""What stands between brackets, separated by commas: call arguments, imported names, TOML arrays.

All three share comments (`#`), brackets and a legal trailing comma, so one scanner and one layout serve them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bootproof.edits.source import (
    blank,
    indentation,
    line_ending,
    line_start,
    line_stop,
    next_line,
    rest_is_comment,
)

_OPEN, _CLOSE, _BLANKS = b"([{", b")]}", b" \t\x0c\r\n"


@dataclass(frozen=True)
class Slot:
    """One item: its bytes, and where the comma behind it stands, if there is one."""

    start: int
    end: int
    comma: int | None = None

    @property
    def stop(self) -> int:
        """Behind the item and its comma."""
        return self.end if self.comma is None else self.comma + 1


@dataclass(frozen=True)
class Slots:
    """The items of one bracket. `inside` is the offset behind the opening one, `close` that of the
    closing one.
    """

    text: bytes
    inside: int
    close: int
    items: tuple[Slot, ...]


@dataclass(frozen=True)
class Change:
    """Replace the bytes from `start` to `end` by `new`."""

    start: int
    end: int
    new: bytes


def string_end(text: bytes, start: int, *, literal: bool) -> int:
    """The offset behind the string whose quote stands at `start`. `literal`: TOML's, no escapes
    between `'`.
    """
    quote = text[start : start + 1]
    escapes = not (literal and quote == b"'")
    fence = quote * 3 if text.startswith(quote * 3, start) else quote
    place = start + len(fence)
    while place < len(text):
        if escapes and text[place : place + 1] == b"\\":
            place += 2
        elif text.startswith(fence, place):
            place += len(fence)
            # TOML allows one or two more quotes at the end of a long string
            while literal and len(fence) == 3 and text[place : place + 1] == quote:
                place += 1
            return place
        else:
            place += 1
    return len(text)


def scan(text: bytes, bracket: int, *, toml: bool = False, whole: Sequence[tuple[int, int]] = ()) -> Slots:
    """The items between the bracket at `bracket` and its partner. Commas inside the spans `whole` do
    not separate.

    The text must be valid; raises ValueError where the bracket is never closed.
    """
    depth, place = 0, bracket + 1
    first: int | None = None
    last = place
    items: list[Slot] = []
    while place < len(text):
        byte = text[place : place + 1]
        if byte == b"#":
            place = line_stop(text, place)
        elif byte in (b'"', b"'"):
            first = place if first is None else first
            place = last = string_end(text, place, literal=toml)
        elif byte in _BLANKS or (byte == b"\\" and text[place + 1 : place + 2] in (b"\n", b"\r")):
            place += 1
        elif depth == 0 and byte in _CLOSE:
            if first is not None:
                items.append(Slot(first, last))
            return Slots(text, bracket + 1, place, tuple(items))
        elif depth == 0 and byte == b"," and not any(start < place < end for start, end in whole):
            if first is not None:
                items.append(Slot(first, last, place))
            first, place = None, place + 1
        else:
            depth += (byte in _OPEN) - (byte in _CLOSE)
            first = place if first is None else first
            place = last = place + 1
    raise ValueError(f"the bracket at byte {bracket} is never closed")


def append(slots: Slots, code: str) -> Change:
    """The change that adds an item at the end, in the layout of the one before it."""
    text, ending = slots.text, line_ending(slots.text)
    if not slots.items:
        inner = text[slots.inside : slots.close]
        if b"\n" not in inner and b"\r" not in inner:
            return Change(slots.inside, slots.inside, code.encode())
        return Change(
            slots.inside, slots.inside, f"{ending}{indentation(text, slots.close)}    {code},".encode()
        )
    last = slots.items[-1]
    rest = text[last.stop : line_stop(text, last.stop)]
    if not _starts_line(text, last):
        if last.comma is None:
            return Change(last.end, last.end, f", {code}".encode())
        return Change(last.stop, last.stop, f" {code},".encode())
    line = f"{ending}{indentation(text, last.start)}{code}"
    if last.comma is not None:
        place = last.stop + len(rest) if rest_is_comment(rest) else last.stop
        return Change(place, place, f"{line},".encode())
    if rest_is_comment(rest) and not blank(rest):  # the comment stays with the item that it is about
        return Change(last.end, last.end + len(rest), b"," + rest + line.encode())
    return Change(last.end, last.end, f",{line}".encode())


def insert(slots: Slots, index: int, code: str) -> Change:
    """The change that adds an item before the one at `index`; at the end where there is none."""
    if index >= len(slots.items):
        return append(slots, code)
    item = slots.items[index]
    if _starts_line(slots.text, item):
        place = line_start(slots.text, item.start)
        ending = line_ending(slots.text)
        return Change(place, place, f"{indentation(slots.text, item.start)}{code},{ending}".encode())
    return Change(item.start, item.start, f"{code}, ".encode())


def drop(slots: Slots, index: int) -> Change:
    """The change that takes an item out.

    An item takes the comma behind it along, only the last one takes the comma before it: so dropping several,
    each by its own change, leaves what is valid (overlapping removals are united when they are applied).
    """
    text, item = slots.text, slots.items[index]
    before = slots.items[index - 1] if index else None
    behind = slots.items[index + 1] if index + 1 < len(slots.items) else None
    rest = text[item.stop : line_stop(text, item.stop)]
    if _starts_line(text, item) and rest_is_comment(rest):
        return Change(line_start(text, item.start), next_line(text, item.stop), b"")
    if behind is not None and line_start(text, behind.start) <= item.stop:
        return Change(item.start, behind.start, b"")
    if item.comma is not None:
        same_line = before is not None and before.stop >= line_start(text, item.start)
        return Change(before.stop if before and same_line else item.start, item.stop, b"")
    if before is not None and b"#" not in text[before.end : item.start]:
        return Change(before.end, item.end, b"")
    return Change(item.start, item.end, b"")


def _starts_line(text: bytes, item: Slot) -> bool:
    return blank(text[line_start(text, item.start) : item.start])
