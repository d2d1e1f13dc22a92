"""Edits of pyproject.toml and Pipfile: each the smallest span, all other bytes as they were.

Arrays: `[project] dependencies` and `optional-dependencies` (PEP 621), `[dependency-groups]` (PEP 735), the
development groups of uv and PDM. Tables: Poetry's and Pipenv's, in `poetry.py`.
"""

from functools import partial

from bootproof.edits import poetry
from bootproof.edits.arrays import Array, declare_in, drop_from, find, replace_in
from bootproof.edits.errors import Refusal
from bootproof.edits.making import edit
from bootproof.edits.source import new_lines
from bootproof.edits.toml import Entry, deep, entries, parse_toml, quoted, slots, string, table_end
from bootproof.edits.wording import with_extra, with_marker_of, with_specifier
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement


def add_requirement(
    file: DependencyFile, text: bytes, requirement: str, *, group: str = "", near: int | None = None
) -> Edit | Refusal:
    """The edit that declares a requirement in a group, "" for what is always installed."""
    found = _read(file, text)
    if isinstance(found, Refusal):
        return found
    array = next((each for each in _arrays(text, found) if each.group == group), None)
    if array is not None and not (file.format == "poetry" and group == ""):
        return declare_in(file.path, text, array, requirement, near)
    if file.format in ("poetry", "pipfile"):
        return poetry.declare(file, text, found, requirement, group, near)
    return _new_array(file.path, text, found, requirement, group)


def replace_requirement(file: DependencyFile, text: bytes, old: Requirement, new: str) -> Edit | Refusal:
    """The edit that declares `new` in the place of `old`; the marker stays unless `new` has one."""
    found = _read(file, text)
    if isinstance(found, Refusal):
        return found
    place = find(text, _arrays(text, found), old)
    if place is None:
        return poetry.swap(file, text, found, old, new)
    return replace_in(file.path, text, *place, lambda item: with_marker_of(item, new))


def remove_requirement(file: DependencyFile, text: bytes, requirement: Requirement) -> Edit | Refusal:
    """The edit that takes a requirement out."""
    found = _read(file, text)
    if isinstance(found, Refusal):
        return found
    place = find(text, _arrays(text, found), requirement)
    return (
        poetry.drop(file, text, found, requirement) if place is None else drop_from(file.path, text, *place)
    )


def add_extra(file: DependencyFile, text: bytes, requirement: Requirement, extra: str) -> Edit | Refusal:
    """The edit that asks for an extra of a requirement."""
    found = _read(file, text)
    if isinstance(found, Refusal):
        return found
    place = find(text, _arrays(text, found), requirement)
    if place is None:
        return poetry.extra(file, text, found, requirement, extra)
    return replace_in(file.path, text, *place, lambda item: with_extra(item, extra))


def pin(file: DependencyFile, text: bytes, requirement: Requirement, specifier: str) -> Edit | Refusal:
    """The edit that gives a requirement another version specifier."""
    found = _read(file, text)
    if isinstance(found, Refusal):
        return found
    place = find(text, _arrays(text, found), requirement)
    if place is None:
        return poetry.pin(file, text, found, requirement, specifier)
    return replace_in(file.path, text, *place, lambda item: with_specifier(item, specifier))


def _read(file: DependencyFile, text: bytes) -> list[Entry] | Refusal:
    if parse_toml(text) is None:
        return Refusal(f"`{file.path}` is not valid TOML")
    return entries(text)


def _arrays(text: bytes, found: list[Entry]) -> list[Array]:
    arrays: list[Array] = []
    for entry in deep(text, found):
        group = _group(entry.path)
        if group is None or text[entry.value_start : entry.value_start + 1] != b"[" or entry.header:
            continue
        items = slots(text, entry)
        like = text[items.items[0].start : items.items[0].start + 1] if items.items else b'"'
        texts = tuple(string(text, slot) for slot in items.items)
        title = f"`{'.'.join(entry.path)}`"
        arrays.append(Array(title, group, items, texts, partial(quoted, like=like)))
    return arrays


def _group(path: tuple[str, ...]) -> str | None:
    """The group that an array of that path declares, None where it declares nothing."""
    match path:
        case ("project", "dependencies"):
            return ""
        case ("project", "optional-dependencies", name) | ("dependency-groups", name):
            return name
        case ("tool", "pdm", "dev-dependencies", name):
            return name
        case ("tool", "uv", "dev-dependencies"):
            return "dev"
    return None


def _new_array(file: str, text: bytes, found: list[Entry], requirement: str, group: str) -> Edit | Refusal:
    if group:
        return Refusal(f"`{file}` has no group `{group}`")
    dynamic = next((each for each in found if each.path == ("project", "dynamic")), None)
    if dynamic is not None and "dependencies" in {string(text, slot) for slot in slots(text, dynamic).items}:
        return Refusal(f"`{file}` says that the dependencies are dynamic: they are declared elsewhere")
    end = table_end(found, ("project",))
    if end is None:
        return Refusal(f"`{file}` has no table `[project]`")
    place, lines = new_lines(text, end, f"dependencies = [\n    {quoted(requirement)},\n]")
    return edit(file, text, place, place, lines)
