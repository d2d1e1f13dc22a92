"""Requirements files: one requirement a line, as pip reads them, with exact lines."""

import posixpath
import re
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from bootproof.model.project import Requirement
from bootproof.project.sources import Sources

_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_OPTION = re.compile(r"\s+--?(?:hash|global-option|config-settings?|install-option)\b.*$", re.S)
_INCLUDE = re.compile(r"(-r|-c|--requirement|--constraint)(?:\s+|=|(?=[^-\s]))(.+)$")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._\-]+)(?:\[([^\]]*)\])?")
_WHEEL = re.compile(r"(?:^|/)([A-Za-z0-9_.]+)-(\d[^-/]*)-[^/]*\.whl")


@dataclass
class Listed:
    """What one requirements file says; `includes` and `constraints` are relative to the project's root."""

    requirements: list[Requirement] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    local: list[str] = field(default_factory=list)  # folders that it installs


def read_requirements(sources: Sources, file: str) -> Listed:
    """The requirements of a file; a line that is none is noted as unreadable."""
    listed = Listed()
    base = file.rpartition("/")[0]
    for line, text in logical_lines(sources.decoded(file) or ""):
        include = _INCLUDE.match(text)
        if include:
            place = posixpath.normpath(posixpath.join(base, include[2].strip().strip("'\"")))
            (listed.includes if include[1] in ("-r", "--requirement") else listed.constraints).append(place)
            continue
        editable = re.match(r"(?:-e|--editable)(?:\s+|=)(.+)$", text)
        if text.startswith("-") and not editable:
            continue
        word = editable[1].strip() if editable else _OPTION.sub("", text).strip()
        requirement = parse(word, file, line)
        if requirement:
            listed.requirements.append(requirement)
        elif re.match(r"\.{0,2}/|\.+(?:\[|$)|[A-Za-z]:\\|file:", word) or editable:
            listed.local.append(posixpath.normpath(posixpath.join(base, word.partition("[")[0])))
        else:
            sources.refuse(file, f"not a requirement: `{_masked(word)[:80]}`", line)
    return listed


def logical_lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, continuations joined and comments gone, with their first line number."""
    found: list[tuple[int, str]] = []
    held, begun = "", 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = raw
        if not held:
            begun = number
        if line.rstrip().endswith("\\") and not line.lstrip().startswith("#"):
            held += line.rstrip()[:-1] + " "
            continue
        whole = _COMMENT.sub("", held + line).strip()
        held = ""
        if whole:
            found.append((begun, whole))
    if held.strip():
        found.append((begun, _COMMENT.sub("", held).strip()))
    return found


def parse(text: str, file: str, line: int, group: str = "") -> Requirement | None:
    """One requirement (PEP 508, or a URL that names what it holds), None where the text is none."""
    try:
        parsed = Parsed(text)
    except InvalidRequirement:
        egg, wheel = _EGG.search(text), _WHEEL.search(text)
        if egg:
            extras = frozenset(part.strip() for part in (egg[2] or "").split(",") if part.strip())
            return Requirement(canonicalize_name(egg[1]), text, file, line, extras, "", "", group)
        if wheel:
            return Requirement(
                canonicalize_name(wheel[1]), text, file, line, specifier=f"=={wheel[2]}", group=group
            )
        return None
    marker = str(parsed.marker) if parsed.marker else ""
    return Requirement(
        canonicalize_name(parsed.name),
        text,
        file,
        line,
        frozenset(parsed.extras),
        str(parsed.specifier),
        marker,
        group,
    )


def _masked(text: str) -> str:
    return re.sub(r"//[^/@\s]+@", "//***@", text)
