"""What is installed in a folder, read from the installers' own records and never by importing."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import canonicalize_name

from bootproof.model.environment import Distribution

_FIELD = re.compile(rb"^(Name|Version):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_SUFFIXES = (".py", ".so", ".pyd", ".pyc")


def distributions_of(site: Iterable[Path]) -> tuple[Distribution, ...]:
    """The distributions of the folders, by name; of two of one name the first counts, as in Python.

    A folder that is not there holds none. A record without a name or version is a broken install and
    is passed over.
    """
    found: dict[str, Distribution] = {}
    for folder in site:
        for entry in records(folder):
            distribution = read(entry)
            if distribution is not None:
                found.setdefault(distribution.name, distribution)
    return tuple(found[name] for name in sorted(found))


def records(folder: Path) -> tuple[Path, ...]:
    """The `*.dist-info` and `*.egg-info` entries of a folder, sorted; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))
            )
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ()
    return tuple(folder / name for name in names if not name.startswith("~"))  # pip's half-removed remains


def read(record: Path) -> Distribution | None:
    """The distribution behind one record, None where it has no name or no version."""
    if record.suffix == ".dist-info":
        metadata = record / "METADATA"
    else:
        metadata = record / "PKG-INFO" if record.is_dir() else record
    head = _head(metadata)
    if head is None:
        return None
    fields = {name.decode(): value.decode("utf-8", "replace") for name, value in _FIELD.findall(head)}
    if not fields.get("Name") or not fields.get("Version"):
        return None
    return Distribution(canonicalize_name(fields["Name"]), fields["Version"], _modules(record))


def versions_by_folder(site: Path) -> dict[str, str]:
    """Names and versions from the names of the `*.dist-info` folders alone, which is quick."""
    found = {}
    for record in records(site):
        name, dash, version = record.stem.partition("-")
        if dash and record.suffix == ".dist-info":
            found[str(canonicalize_name(name))] = version.replace("_", "-")
    return found


def files_of(record: Path) -> tuple[str, ...]:
    """The files of a distribution as its RECORD lists them, relative to its folder; none without a RECORD."""
    try:
        text = (record / "RECORD").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ()
    # path,hash,size: only the path may be quoted and hold commas
    names = []
    for line in text.splitlines():
        if line.startswith('"'):
            names.append(line[1:].split('",', 1)[0].replace('""', '"'))
        elif line:
            names.append(line.rsplit(",", 2)[0])
    return tuple(names)


def _head(metadata: Path) -> bytes | None:
    try:
        with metadata.open("rb") as handle:
            text = handle.read(4096)
            if b"\nVersion:" not in text or b"Name:" not in text:
                text += handle.read()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    return text.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0] + b"\n"


def _modules(record: Path) -> tuple[str, ...]:
    found = set()
    for name in files_of(record) if record.is_dir() else ():
        first, slash, rest = name.partition("/")
        if first in ("..", "__pycache__", "") or first.endswith((".dist-info", ".data", ".egg-info")):
            continue
        if slash:
            if rest.endswith(_SUFFIXES) and first.isidentifier():
                found.add(first)
        elif first.endswith(_SUFFIXES):
            module = first.split(".", 1)[0]
            if module.isidentifier() and not module.startswith("__editable__"):
                found.add(module)
    if not found:
        try:
            text = (record / "top_level.txt").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            text = ""
        found = {line.strip().split("/")[0] for line in text.splitlines() if line.strip()}
    return tuple(sorted(found))
