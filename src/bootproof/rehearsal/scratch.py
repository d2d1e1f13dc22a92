"""The scratch folder of one audit, and the private copy of the project in it."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from bootproof.rehearsal.errors import CopyFailed

# What a start does not read, and what may be large. Environments are known by their pyvenv.cfg.
LEFT_OUT = frozenset({".git", ".hg", ".svn", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox",
                      ".bootproof", ".idea", ".vscode", ".next", ".hypothesis"})
ROOM = 256 * 1024 * 1024  # bytes that must be free in memory before the scratch goes there


def make_scratch() -> Path:
    """A new private folder, in memory where there is room (overlays and databases are quickest there)."""
    memory = Path("/dev/shm")
    parent: str | None = None
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        parent = str(memory)
    return Path(tempfile.mkdtemp(prefix="bootproof-", dir=parent))


def copy_project(root: Path, base: Path) -> tuple[str, ...]:
    """Copies the tree at `root` to `base`, times kept so that byte-code stays valid; gives back what was left out.

    Links that stay inside are kept as links, links that lead outside are followed once. Sockets, pipes and
    devices are passed over. Raises CopyFailed where a folder cannot be made or the disk is full.
    """
    left_out: list[str] = []
    real_root = root.resolve()

    def copy(folder: Path, target: Path) -> None:
        try:
            target.mkdir(parents=True, exist_ok=True)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except PermissionError:
            left_out.append(folder.relative_to(root).as_posix())
            return
        for entry in entries:
            source, to = Path(entry.path), target / entry.name
            if entry.is_symlink() and _inside(source, real_root):
                to.symlink_to(os.readlink(source))  # noqa: PTH115 (the link's own text, not a resolved path)
            elif entry.is_dir():
                if entry.name in LEFT_OUT or (source / "pyvenv.cfg").is_file():
                    continue
                if entry.is_symlink():
                    left_out.append(source.relative_to(root).as_posix())
                    continue
                copy(source, to)
            elif entry.is_file():
                try:
                    shutil.copy2(source, to)
                except PermissionError:
                    left_out.append(source.relative_to(root).as_posix())

    try:
        copy(root, base)
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise CopyFailed(f"There is no room for a copy of `{root.name}` in {base.parent}: free some space") from problem
        raise CopyFailed(f"`{root.name}` cannot be copied: {problem.strerror or problem}") from problem
    return tuple(left_out)


def _inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root) and not Path(os.readlink(link)).is_absolute()  # noqa: PTH115
    except OSError:
        return False


def keep_bytecode(upper: Path, base: Path, changed: frozenset[str]) -> None:
    """Takes over byte-code that a finished trial compiled, for the files that it did not change.

    Only while no trial has `base` mounted: changing a lower layer under a mount is undefined.
    """
    for cache in upper.rglob("__pycache__"):
        folder = cache.parent.relative_to(upper)
        if not (base / folder).is_dir():
            continue
        for compiled in cache.glob("*.pyc"):
            source = (folder / (compiled.name.partition(".")[0] + ".py")).as_posix()
            target = base / folder / "__pycache__" / compiled.name
            if source in changed or not (base / source).is_file():
                continue
            target.parent.mkdir(exist_ok=True)
            shutil.move(str(compiled), str(target))


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Writes the mended files of a trial into its own layer or copy."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() or target.is_symlink():
            target.unlink()
        target.write_bytes(content)
