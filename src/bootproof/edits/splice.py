"""Changes put into a text: ordered, checked against each other, united where they say the same."""

from collections.abc import Iterable

from bootproof.edits.errors import EditConflict
from bootproof.edits.slots import Change

_PAIRS = {b"(": b")", b"[": b"]", b"{": b"}"}


def settle(file: str, text: bytes, changes: Iterable[Change]) -> list[Change]:
    """The changes in the order of the text, without overlaps; raises EditConflict where two exclude
    each other.

    Insertions at one place keep their order. Two changes that say the same are one, and removals that overlap
    are united.
    """
    ordered = sorted(changes, key=lambda change: (change.start, change.end))
    settled: list[Change] = []
    for change in ordered:
        if change.start == change.end and not change.new:
            continue
        if change in settled and (change.start != change.end or _balanced(change.new)):
            continue
        last = settled[-1] if settled else None
        if last is not None and change.start < last.end:
            if last.new or change.new or change.start == change.end:
                raise EditConflict(file, change.start, "two fixes change the same text")
            settled[-1] = Change(last.start, max(last.end, change.end), b"")
        else:
            settled.append(change)
    return _separate(text, settled)


def splice(text: bytes, settled: Iterable[Change]) -> bytes:
    """The text with settled changes put in."""
    pieces: list[bytes] = []
    place = 0
    for change in settled:
        pieces += [text[place : change.start], change.new]
        place = change.end
    return b"".join([*pieces, text[place:]])


def _balanced(new: bytes) -> bool:
    """Whether every bracket in it is closed: the halves of two wrappings (`f(` and `)`) are never the
    same change.
    """
    return all(new.count(opening) == new.count(closing) for opening, closing in _PAIRS.items())


def _separate(text: bytes, settled: list[Change]) -> list[Change]:
    """Several items put into one empty bracket get a comma between them."""
    result: list[Change] = []
    for change in settled:
        last = result[-1] if result else None
        place = change.start
        if (
            last is not None
            and last.start == last.end == change.end == place
            and _PAIRS.get(text[place - 1 : place]) == text[place : place + 1] != b""
            and not last.new.rstrip().endswith(b",")
        ):
            result[-1] = Change(place, place, last.new + b", " + change.new)
        else:
            result.append(change)
    return result
