"""Two fixes that declare the same requirement, in whatever place, are one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bootproof.model.edit import Edit

_TABLE_LINE = re.compile(r"""^["']?([A-Za-z0-9][A-Za-z0-9._-]*)["']?\s*=\s*(.+)$""", re.DOTALL)
_DECLARING = {".txt", ".in", ".toml", ".cfg", ""}


@dataclass(frozen=True)
class _Declared:
    name: str
    extras: frozenset[str]
    marker: str
    specifier: str


def deduplicate(edits: Sequence[Edit]) -> list[Edit]:
    """The edits of one file; an inserted requirement that another edit declares as well is left out.

    Of two insertions that differ in the specifier only, the first one that has a specifier stays. The
    order is
    kept. Files that declare no requirements are given back as they are.
    """
    if not edits or PurePosixPath(edits[0].file).suffix not in _DECLARING or _is_env(edits[0].file):
        return list(edits)
    read = [_declared(edit) for edit in edits]
    replaced = {_key(each) for edit, each in zip(edits, read, strict=True) if each and edit.start != edit.end}
    kept: list[Edit] = []
    places: dict[tuple[str, frozenset[str], str], int] = {}
    for edit, declared in zip(edits, read, strict=True):
        if declared is None or edit.start != edit.end:
            kept.append(edit)
            continue
        key = _key(declared)
        if key in replaced:
            continue
        if key in places:
            first = _declared(kept[places[key]])
            if first is not None and not first.specifier and declared.specifier:
                kept[places[key]] = edit
            continue
        places[key] = len(kept)
        kept.append(edit)
    return kept


def _is_env(file: str) -> bool:
    return PurePosixPath(file).name.startswith(".env")


def _key(declared: _Declared) -> tuple[str, frozenset[str], str]:
    return declared.name, declared.extras, declared.marker


def _declared(edit: Edit) -> _Declared | None:
    text = edit.new.strip().strip(",").strip()
    if not text or "\n" in text:
        return None
    table = _TABLE_LINE.match(text) if edit.file.endswith(".toml") or edit.file.endswith("Pipfile") else None
    if table is not None and table[2].startswith(("[", "true", "false")):
        return None  # an option of a requirement, as `extras`
    if table is not None and not table[2].startswith("="):
        return _Declared(canonicalize_name(table[1]), frozenset(), "", table[2])
    try:
        requirement = Requirement(text.strip("\"'").split(" #")[0])
    except InvalidRequirement:
        return None
    return _Declared(
        canonicalize_name(requirement.name),
        frozenset(requirement.extras),
        str(requirement.marker or ""),
        str(requirement.specifier) or requirement.url or "",
    )
