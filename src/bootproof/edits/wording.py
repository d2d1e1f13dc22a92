"""The text of one requirement (PEP 508): its parts, and what it becomes."""

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(\s*\[[^\]]*\])?")


@dataclass(frozen=True)
class Wording:
    """A requirement's text, cut: `name`, `extras` with brackets, `rest` (specifier or URL), `marker`
    with `;`.

    Joined, the parts are the text.
    """

    name: str
    extras: str
    rest: str
    marker: str


def wording(text: str) -> Wording | None:
    """The parts of a requirement, None where the text is none (a path, a bare URL, an option)."""
    found = _NAME.match(text)
    if found is None:
        return None
    try:
        Requirement(text)
    except InvalidRequirement:
        return None
    rest = text[found.end() :]
    # in a URL a semicolon separates only behind a blank
    cut = re.search(r"\s+;" if "@" in rest.partition(";")[0] else r"\s*;", rest)
    at = cut.start() if cut else len(rest)
    return Wording(text[: found.end(1)], text[found.end(1) : found.end()], rest[:at], rest[at:])


def name_of(text: str) -> str | None:
    """The normalised name that a requirement's text declares, None where it is no requirement."""
    parts = wording(text)
    return canonicalize_name(parts.name.strip()) if parts else None


def with_marker_of(old: str, new: str) -> str:
    """The new requirement under the old one's marker, unless it has its own."""
    before, after = wording(old), wording(new)
    return new if before is None or after is None or after.marker else new.rstrip() + before.marker


def with_extra(text: str, extra: str) -> str | None:
    """The requirement with one extra more; itself where it has it; None where it is no requirement."""
    parts = wording(text)
    if parts is None:
        return None
    present = [each.strip() for each in parts.extras.strip(" []").split(",") if each.strip()]
    if canonicalize_name(extra) in {canonicalize_name(each) for each in present}:
        return text
    return f"{parts.name}[{','.join([*present, extra])}]{parts.rest}{parts.marker}"


def with_specifier(text: str, specifier: str) -> str | None:
    """The requirement with another version specifier; None where it is none, or names a URL."""
    parts = wording(text)
    if parts is None or parts.rest.lstrip().startswith("@"):
        return None
    return f"{parts.name}{parts.extras}{specifier}{parts.marker}"
