"""Edits of tables that declare one requirement a key: `[tool.poetry.dependencies]`, Pipfile's
`[packages]`.
"""

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from bootproof.edits.errors import Refusal
from bootproof.edits.making import edit, from_change, nothing
from bootproof.edits.slots import append
from bootproof.edits.source import line_of, line_start, line_starts, new_lines, next_line
from bootproof.edits.toml import Entry, inline, quoted, slots, string, table_end
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement

_KEPT = ("markers", "python", "platform", "optional", "allow-prereleases", "source", "index")


def declare(
    file: DependencyFile, text: bytes, found: list[Entry], requirement: str, group: str, near: int | None
) -> Edit | Refusal:
    """The edit that adds a key: behind the one on line `near`, else at the end of the group's table."""
    written = _written(requirement)
    if written is None:
        return Refusal(f"`{requirement}` is not a requirement")
    name, value = written
    tables = [table for table, each in _tables(file, found).items() if each == group]
    for table in tables:
        keys = [each for each in found if each.path[:-1] == table]
        same = [each for each in keys if canonicalize_name(each.path[-1]) == canonicalize_name(name)]
        if same and text[same[0].value_start : same[0].value_end].decode() == value:
            return nothing(file.path)
        if same:
            return Refusal(f"`{file.path}` declares `{name}` already")
    if not tables:
        return Refusal(f"`{file.path}` has no table for the group `{group or 'main'}`")
    starts = line_starts(text)
    keys = [each for each in found if each.path[:-1] == tables[0] and not each.header]
    behind = [each for each in keys if near is not None and line_of(starts, each.start) == near]
    end = behind[0].value_end if behind else table_end(found, tables[0])
    if end is None:
        return Refusal(f"`{file.path}` has no header `[{'.'.join(tables[0])}]`")
    place, lines = new_lines(text, end, f"{name} = {value}")
    return edit(file.path, text, place, place, lines)


def swap(file: DependencyFile, text: bytes, found: list[Entry], old: Requirement, new: str) -> Edit | Refusal:
    """The edit that declares `new` in the place of `old`; markers and the like stay."""
    entry, written = _find(file, text, found, old), _written(new)
    if isinstance(entry, Refusal):
        return entry
    if written is None or entry.header:
        return Refusal(f"`{file.path}`: `{old.name}` cannot be replaced by `{new}` without a choice")
    name, value = written
    kept = [each for each in inline(text, entry) if each.path[-1] in _KEPT]
    if kept:
        options = [text[each.start : each.value_end].decode() for each in kept]
        value = value[1:-1] if value.startswith("{") else f"version = {value}"
        value = "{" + ", ".join([value, *options]) + "}"
    return edit(file.path, text, entry.start, entry.value_end, f"{name} = {value}")


def drop(file: DependencyFile, text: bytes, found: list[Entry], old: Requirement) -> Edit | Refusal:
    """The edit that takes a requirement out, with its line or its table."""
    entry = _find(file, text, found, old)
    if isinstance(entry, Refusal):
        return entry
    end = (table_end(found, entry.path) or entry.value_end) if entry.header else entry.value_end
    return edit(file.path, text, line_start(text, entry.start), next_line(text, end), "")


def extra(
    file: DependencyFile, text: bytes, found: list[Entry], old: Requirement, name: str
) -> Edit | Refusal:
    """The edit that asks for an extra of a requirement."""
    entry = _find(file, text, found, old)
    if isinstance(entry, Refusal):
        return entry
    details = _details(text, found, entry)
    extras = next((each for each in details if each.path[-1] == "extras"), None)
    if extras is not None:
        items = slots(text, extras)
        if name in {string(text, slot) for slot in items.items}:
            return nothing(file.path)
        return from_change(file.path, text, append(items, quoted(name)))
    code = f"extras = [{quoted(name)}]"
    if entry.header:
        place, lines = new_lines(text, entry.value_end, code)
        return edit(file.path, text, place, place, lines)
    if text[entry.value_start : entry.value_start + 1] == b"{":
        return from_change(file.path, text, append(slots(text, entry), code))
    if string(text, entry) is None:
        return Refusal(
            f"`{file.path}`: `{old.name}` is declared several times over, each with its own marker"
        )
    version = text[entry.value_start : entry.value_end].decode()
    new = f"{{version = {version}, {code}}}"
    return edit(file.path, text, entry.value_start, entry.value_end, new)


def pin(
    file: DependencyFile, text: bytes, found: list[Entry], old: Requirement, specifier: str
) -> Edit | Refusal:
    """The edit that gives a requirement another version specifier."""
    entry = _find(file, text, found, old)
    if isinstance(entry, Refusal):
        return entry
    version: Entry | None = entry
    if entry.header or string(text, entry) is None:
        version = next((each for each in _details(text, found, entry) if each.path[-1] == "version"), None)
    if version is None:
        return Refusal(f"`{file.path}`: `{old.name}` is declared without one version")
    return edit(file.path, text, version.value_start, version.value_end, quoted(specifier))


def _tables(file: DependencyFile, found: list[Entry]) -> dict[tuple[str, ...], str]:
    """The tables that the file has, with the group that each declares."""
    tables: dict[tuple[str, ...], str] = {}
    for entry in found:
        for size in range(1, len(entry.path) + 1):
            match entry.path[:size]:
                case ("packages",) if file.format == "pipfile":
                    tables[entry.path[:size]] = ""
                case ("dev-packages",) if file.format == "pipfile":
                    tables[entry.path[:size]] = "dev"
                case ("tool", "poetry", "dependencies"):
                    tables[entry.path[:size]] = ""
                case ("tool", "poetry", "dev-dependencies"):
                    tables[entry.path[:size]] = "dev"
                case ("tool", "poetry", "group", name, "dependencies"):
                    tables[entry.path[:size]] = name
    return tables


def _find(file: DependencyFile, text: bytes, found: list[Entry], old: Requirement) -> Entry | Refusal:
    tables, starts = _tables(file, found), line_starts(text)
    entries = [
        each for each in found if each.path[:-1] in tables and canonicalize_name(each.path[-1]) == old.name
    ]
    if not entries:
        return Refusal(f"`{file.path}` does not declare `{old.name}` in a key of its own")
    return min(
        entries,
        key=lambda each: (line_of(starts, each.start) != old.line, tables[each.path[:-1]] != old.group),
    )


def _details(text: bytes, found: list[Entry], entry: Entry) -> list[Entry]:
    """The entries of a requirement's table, inline or with a header of its own."""
    if not entry.header:
        return inline(text, entry)
    return [each for each in found if each.path[:-1] == entry.path and not each.header]


def _written(requirement: str) -> tuple[str, str] | None:
    """A requirement as key and value of such a table; None where it is none."""
    try:
        parsed = Parsed(requirement)
    except InvalidRequirement:
        return None
    main = (
        f"url = {quoted(parsed.url)}" if parsed.url else f"version = {quoted(str(parsed.specifier) or '*')}"
    )
    parts = [main]
    if parsed.extras:
        parts.append(f"extras = [{', '.join(quoted(each) for each in sorted(parsed.extras))}]")
    if parsed.marker:
        parts.append(f"markers = {quoted(str(parsed.marker))}")
    if len(parts) == 1 and not parsed.url:
        return parsed.name, quoted(str(parsed.specifier) or "*")
    return parsed.name, "{" + ", ".join(parts) + "}"
