"""Edits of `install_requires` and `extras_require` in setup.cfg and setup.py."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bootproof.edits.arrays import Array
from bootproof.edits.errors import Refusal
from bootproof.edits.making import edit, nothing
from bootproof.edits.slots import scan
from bootproof.edits.source import (
    indentation,
    line_start,
    line_starts,
    line_stop,
    new_lines,
    next_line,
    parse,
    span,
)
from bootproof.edits.wording import name_of
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement


def setup_py_arrays(text: bytes) -> list[Array]:
    """The lists of requirements that setup.py passes to `setup`, written there or under a module-level
    name.
    """
    tree = parse(text)
    if tree is None:
        return []
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def lists(node: ast.expr, group: str) -> Iterator[Array]:
        node = named.get(node.id, node) if isinstance(node, ast.Name) else node
        if isinstance(node, ast.List) and not any(isinstance(each, ast.Starred) for each in node.elts):
            slots = scan(text, span(text, node)[0], whole=[span(text, each) for each in node.elts])
            texts = tuple(
                each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else None
                for each in node.elts
            )
            single = bool(slots.items) and text[slots.items[0].start : slots.items[0].start + 1] == b"'"
            yield Array("`setup()`", group, slots, texts, repr if single else _double)

    found: list[Array] = []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("setup"):
            continue
        for keyword in call.keywords:
            if keyword.arg == "install_requires":
                found += lists(keyword.value, "")
            extras = keyword.value if keyword.arg == "extras_require" else None
            extras = named.get(extras.id) if isinstance(extras, ast.Name) else extras
            if isinstance(extras, ast.Dict):
                for key, value in zip(extras.keys, extras.values, strict=True):
                    if isinstance(key, ast.Constant):
                        found += lists(value, str(key.value))
    return found


def _double(value: str) -> str:
    return repr(value) if '"' in value or "\\" in value else f'"{value}"'


@dataclass(frozen=True)
class _Item:
    text: str
    start: int
    end: int
    line: int
    group: str


def declare_in_setup_cfg(
    file: DependencyFile, text: bytes, requirement: str, group: str, near: int | None
) -> Edit | Refusal:
    """The edit that adds a line to `install_requires`, or to an extra: behind line `near`, else at the
    end.
    """
    items, keys = _setup_cfg(text)
    mine = [item for item in items if item.group == group]
    if any(item.text == requirement for item in mine):
        return nothing(file.path)
    same = [item for item in mine if name_of(item.text) == name_of(requirement)]
    if same and ";" not in requirement:
        return Refusal(f"`{file.path}:{same[0].line}` declares `{name_of(requirement)}` already")
    if group not in keys:
        return Refusal(f"`{file.path}` has no `{group or 'install_requires'}` to add to")
    behind = next((item for item in mine if item.line == near), mine[-1] if mine else None)
    key = keys[group]
    on_own_line = behind is not None and line_start(text, behind.start) != line_start(text, key)
    indent = indentation(text, behind.start) if behind is not None and on_own_line else "    "
    if (
        behind is not None and not on_own_line
    ):  # `install_requires = a`: the one value moves to a line of its own
        value = f"\n{indent}{behind.text}\n{indent}{requirement}"
        start = len(text[: behind.start].rstrip(b" \t"))
        return edit(file.path, text, start, behind.end, value)
    place, lines = new_lines(text, key if behind is None else behind.end, indent + requirement)
    return edit(file.path, text, place, place, lines)


def replace_in_setup_cfg(
    file: DependencyFile, text: bytes, old: Requirement, change: Callable[[str], str | None]
) -> Edit | Refusal:
    """The edit that changes a requirement's text."""
    item = _find(file, text, old)
    if isinstance(item, Refusal):
        return item
    new = change(item.text)
    if new is None:
        return Refusal(f"`{file.path}:{item.line}` is declared by a URL, without a version")
    return nothing(file.path) if new == item.text else edit(file.path, text, item.start, item.end, new)


def drop_from_setup_cfg(file: DependencyFile, text: bytes, old: Requirement) -> Edit | Refusal:
    """The edit that takes a requirement out, with its line where it has one of its own."""
    item = _find(file, text, old)
    if isinstance(item, Refusal):
        return item
    start = line_start(text, item.start)
    if text[start : item.start].strip():
        return edit(file.path, text, item.start, item.end, "")
    return edit(file.path, text, start, next_line(text, item.end), "")


def _find(file: DependencyFile, text: bytes, old: Requirement) -> _Item | Refusal:
    found = [item for item in _setup_cfg(text)[0] if name_of(item.text) == old.name]
    if not found:
        return Refusal(f"`{file.path}` does not declare `{old.name}` in a line of its own")
    return min(found, key=lambda item: (item.line != old.line, item.group != old.group))


_SECTION = re.compile(r"\[([^\]]+)\]")
_KEY = re.compile(r"([^\s=:#;][^=:]*?)\s*[=:][ \t]*")


def _setup_cfg(text: bytes) -> tuple[list[_Item], dict[str, int]]:
    """The requirements of a setup.cfg, and by group where its key stands."""
    items: list[_Item] = []
    keys: dict[str, int] = {}
    section, group = "", None
    for number, start in enumerate(line_starts(text), 1):
        raw = text[start : line_stop(text, start)]
        line = raw.decode("utf-8", "surrogateescape")
        said = line.strip()
        if not said or said.startswith(("#", ";")):
            continue
        head = _SECTION.match(line)
        if head:
            section, group = head[1].strip(), None
            continue
        value_at = 0
        if line[:1] not in " \t":
            key = _KEY.match(line)
            group = _group(section, key[1]) if key else None
            value_at = key.end() if key else 0
            if group is not None:
                keys[group] = start
        value = line[value_at:].strip()
        if group is not None and value:
            at = start + len(line[: line.index(value, value_at)].encode("utf-8", "surrogateescape"))
            items.append(_Item(value, at, at + len(value.encode("utf-8", "surrogateescape")), number, group))
    return items, keys


def _group(section: str, key: str) -> str | None:
    if section == "options" and key == "install_requires":
        return ""
    return key if section == "options.extras_require" else None
