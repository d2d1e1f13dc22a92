"""Edits of requirements that are strings of an array: in pyproject.toml, in setup.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bootproof.edits.errors import Refusal
from bootproof.edits.making import edit, from_change, nothing
from bootproof.edits.slots import Slots, append, drop, insert
from bootproof.edits.source import line_of, line_starts
from bootproof.edits.wording import name_of
from bootproof.model.edit import Edit
from bootproof.model.project import Requirement


@dataclass(frozen=True)
class Array:
    """One array of requirements: what it is called in messages, the group it declares, its items.

    `texts` are the items' strings, None for an item that is no string. `quote` writes a string like
    the items.
    """

    title: str
    group: str
    slots: Slots
    texts: tuple[str | None, ...]
    quote: Callable[[str], str]


def declare_in(file: str, text: bytes, array: Array, requirement: str, near: int | None) -> Edit | Refusal:
    """The edit that adds an item: behind the one on line `near`, where the alphabet says, or at the end."""
    name = name_of(requirement)
    names = [None if each is None else name_of(each) for each in array.texts]
    if requirement in array.texts:
        return nothing(file)
    if name in names and name is not None and ";" not in requirement:
        return Refusal(f"`{file}` declares `{name}` already, in {array.title}")
    code = array.quote(requirement)
    starts = line_starts(text)
    lines = [line_of(starts, slot.start) for slot in array.slots.items]
    if near is not None and near in lines:
        index = len(lines) - lines[::-1].index(near)
        return from_change(file, text, insert(array.slots, index, code))
    known = [each for each in names if each is not None]
    if near is None and len(known) > 2 and len(known) == len(names) and known == sorted(known):
        index = sum(each < (name or requirement) for each in known)
        return from_change(file, text, insert(array.slots, index, code))
    return from_change(file, text, append(array.slots, code))


def find(text: bytes, arrays: Sequence[Array], requirement: Requirement) -> tuple[Array, int] | None:
    """The item that declares a requirement: on its line, else in its group, else the first of its name."""
    starts = line_starts(text)
    found = [
        (array, index)
        for array in arrays
        for index, each in enumerate(array.texts)
        if each is not None and name_of(each) == requirement.name
    ]

    def distance(each: tuple[Array, int]) -> tuple[bool, bool]:
        array, index = each
        line = line_of(starts, array.slots.items[index].start)
        return line != requirement.line, array.group != requirement.group

    return min(found, key=distance, default=None)


def replace_in(
    file: str, text: bytes, array: Array, index: int, change: Callable[[str], str | None]
) -> Edit | Refusal:
    """The edit that changes an item's string."""
    old, slot = array.texts[index] or "", array.slots.items[index]
    new = change(old)
    if new is None:
        return Refusal(f"`{file}`: `{name_of(old)}` in {array.title} is declared by a URL, without a version")
    return nothing(file) if new == old else edit(file, text, slot.start, slot.end, array.quote(new))


def drop_from(file: str, text: bytes, array: Array, index: int) -> Edit:
    """The edit that takes an item out."""
    return from_change(file, text, drop(array.slots, index))
