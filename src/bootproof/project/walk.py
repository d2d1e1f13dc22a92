"""Which files are the project's own: a walk that skips what was installed, built or cached."""

import os
from collections.abc import Iterator
from pathlib import Path

SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".bootproof", "site-packages",
        "__pypackages__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox",
        ".nox", ".eggs",
        ".cache", ".idea", ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".gradle",
        ".terraform", ".ipynb_checkpoints", ".pytype", ".pyre", ".dart_tool", ".angular", ".uv-cache",
        "bower_components", ".pixi", ".direnv",
    }
)  # fmt: skip
_BUILT = frozenset({"build", "dist"})


def own_files(root: Path) -> list[str]:
    """The project's own files, relative to `root` with forward slashes, sorted.

    Left out: version control, caches (named, or marked by a CACHEDIR.TAG), virtual environments (a folder
    with
    `pyvenv.cfg`), installed packages, build output, and links that lead out of `root`. A folder that
    cannot be listed counts as empty.
    """
    real_root = os.path.realpath(root)
    return sorted(_walk(str(root), "", real_root, (real_root,), set()))


def _walk(
    folder: str, prefix: str, real_root: str, chain: tuple[str, ...], linked: set[str]
) -> Iterator[str]:
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError:
        return
    names = {entry.name for entry in entries}
    if prefix and ("pyvenv.cfg" in names or "CACHEDIR.TAG" in names):
        return
    for entry in entries:
        try:
            is_folder, is_file, is_link = entry.is_dir(), entry.is_file(), entry.is_symlink()
        except OSError:
            continue
        if is_link:
            real = os.path.realpath(entry.path)
            if real != real_root and not real.startswith(real_root + os.sep):
                continue
            # A link to a folder is followed once, and never into a folder that we are inside of.
            if is_folder and (real in chain or real in linked):
                continue
            linked.add(real)
        if is_file:
            yield prefix + entry.name
        elif is_folder and not _skipped(entry):
            inside = (*chain, os.path.realpath(entry.path)) if is_link or linked else chain
            yield from _walk(entry.path, f"{prefix}{entry.name}/", real_root, inside, linked)


def _skipped(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name in SKIPPED or name.endswith(".egg-info"):
        return True
    # A package may well be called `build`; build output has no __init__.py at its top.
    return name in _BUILT and not Path(entry.path, "__init__.py").is_file()
