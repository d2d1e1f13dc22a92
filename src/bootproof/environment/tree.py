"""A copy of the project's tree to install from: an install writes `build/` and `*.egg-info` into its tree."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bootproof.environment.cache import digest

_LEFT_OUT = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        ".venv",
        ".idea",
        ".vscode",
        ".eggs",
        ".hypothesis",
        ".cache",
    ]
)
_LARGEST = 64 * 1024 * 1024
_DEEPEST_ABOVE = 4
_VERSION_DEPTH = 3  # how deep a module may lie that a build reads its version from
# What may decide whether and as what a tree can be built. The code itself cannot: it is not installed.
_PACKAGING = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "manifest.in",
    "readme",
    "license",
    "version",
    "requirements",
)
_VERSIONS = ("__init__.py", "__about__.py", "__version__.py", "_version.py", "version.py", "about.py")


def reader(root: Path, overrides: Mapping[str, bytes]) -> Callable[[str], bytes | None]:
    """Reads a file of the tree by its relative path, mended ones as mended; None where there is none."""

    def read(path: str) -> bytes | None:
        if path in overrides:
            return overrides[path]
        try:
            return (root / path).read_bytes()
        except (OSError, ValueError):
            return None

    return read


def fingerprint(root: Path, overrides: Mapping[str, bytes]) -> str:
    """A digest of what a build of the tree can depend on: the Python files' names, the packaging files."""
    parts: list[bytes | str] = []
    for relative, names in _folders(root):
        prefix = f"{relative}/" if relative else ""
        shallow = prefix.count("/") <= _VERSION_DEPTH
        sources = []
        for name in sorted(names):
            lower = name.lower()
            telling = lower.startswith(_PACKAGING) or lower.endswith((".whl", ".tar.gz", ".zip"))
            if telling or (shallow and name in _VERSIONS):
                path = prefix + name
                parts += [path, overrides[path] if path in overrides else _bytes(root / path)]
            elif name.endswith((".py", ".pyx", ".c", ".rs")):
                sources.append(name)
        if sources:
            parts += [relative, "/".join(sources)]
    for path in sorted(overrides):
        parts += [path, overrides[path]]
    return digest(*parts)


def copy(
    root: Path, scratch: Path, overrides: Mapping[str, bytes], files: Mapping[str, bytes], whole: bool
) -> Path:
    """The copy's own root, in `scratch`: the whole tree or only `files`, with the overrides in place.

    It lies some folders deep, so that `-r ../common.txt` finds its file. Symlinks are followed for files; a
    folder behind a symlink is left out, because a build could write through it into the user's tree.
    """
    tree = scratch.joinpath(*["above"] * _DEEPEST_ABOVE, "tree")
    tree.mkdir(parents=True)
    if whole:
        for relative, names in _folders(root):
            target = tree / relative
            target.mkdir(exist_ok=True)
            for name in names:
                source = root / relative / name
                try:
                    if source.is_file() and source.stat().st_size <= _LARGEST:
                        shutil.copyfile(source, target / name)
                        shutil.copymode(source, target / name)
                except PermissionError:
                    continue  # an unreadable file cannot be part of what is installed
    for path, raw in {**files, **overrides}.items():
        place = tree / path
        if path.count("../") <= _DEEPEST_ABOVE and not Path(path).is_absolute():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw)
    return tree


def _folders(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each folder, relative ("" for the root), with the names of its files. Strings, for speed."""
    waiting = [""]
    while waiting:
        relative = waiting.pop()
        names = []
        below = []
        try:
            with os.scandir(f"{root}/{relative}") as entries:
                for entry in entries:
                    if not entry.is_dir():
                        names.append(entry.name)
                    elif entry.name not in _LEFT_OUT and not entry.is_symlink():
                        below.append(entry.name)
        except OSError:
            continue  # unreadable, or gone meanwhile
        if relative and "pyvenv.cfg" in names:
            continue
        yield relative, names
        waiting += [f"{relative}/{name}" if relative else name for name in sorted(below, reverse=True)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
