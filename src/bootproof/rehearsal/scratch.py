"""The scratch folder of one audit, and the private copy of the project in it."""

import atexit
import contextlib
import errno
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from bootproof.rehearsal.errors import CopyFailed

# What a start does not read, and what may be large. Environments are known by their pyvenv.cfg.
LEFT_OUT = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".tox",
        ".nox",
        ".bootproof",
        ".idea",
        ".vscode",
        ".next",
        ".hypothesis",
    }
)
ROOM = 256 * 1024 * 1024  # bytes that must be free in memory before the scratch goes there


def make_scratch() -> Path:
    """A new private folder, in memory where there is room (overlays and databases are quickest there).

    It goes at the latest when the process ends: a signal may come before anybody has it to remove it.
    """
    memory, parent = Path("/dev/shm"), Path(tempfile.gettempdir())
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        parent = memory
    folder = parent / f"bootproof-{secrets.token_hex(8)}"
    atexit.register(_remove_left, folder, os.getpid())
    folder.mkdir(mode=stat.S_IRWXU)
    return folder


def _remove_left(folder: Path, maker: int) -> None:
    if os.getpid() == maker and folder.exists():  # a fork of the maker's has it only on loan
        remove(folder)


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
            try:
                one(entry, source, to)
            except (PermissionError, FileNotFoundError):  # not ours to read, or gone meanwhile
                left_out.append(source.relative_to(root).as_posix())

    def one(entry: os.DirEntry[str], source: Path, to: Path) -> None:
        if entry.is_symlink() and (_inside(source, real_root) or _loops(source)):
            to.symlink_to(os.readlink(source))  # noqa: PTH115 (the link's own text, not a resolved path)
        elif entry.is_dir():
            if entry.name in LEFT_OUT or (source / "pyvenv.cfg").is_file():
                return
            if entry.is_symlink():
                left_out.append(source.relative_to(root).as_posix())
                return
            copy(source, to)
        elif entry.is_file():
            shutil.copy2(source, to)

    try:
        copy(root, base)
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise CopyFailed(
                f"There is no room for a copy of `{root.name}` in {base.parent}: free some space"
            ) from problem
        raise CopyFailed(f"`{root.name}` cannot be copied: {problem.strerror or problem}") from problem
    return tuple(left_out)


def _inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root) and not Path(os.readlink(link)).is_absolute()  # noqa: PTH115
    except (OSError, RuntimeError):  # a loop of links
        return False


def _loops(link: Path) -> bool:
    """Whether a link leads to itself in the end: it is kept as it is, broken as it is."""
    try:
        link.stat()
    except OSError as problem:
        return problem.errno == errno.ELOOP
    return False


def remove(folder: Path) -> None:
    """Removes a folder of the scratch, with what nobody may enter: an overlay's work folder, a project's own `chmod 0`."""

    def again(_function: object, path: str, _problem: object) -> None:
        parent = Path(path).parent
        with contextlib.suppress(OSError):
            parent.chmod(stat.S_IRWXU)
            Path(path).chmod(stat.S_IRWXU)
            if Path(path).is_dir() and not Path(path).is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                Path(path).unlink()

    shutil.rmtree(folder, onerror=again)


def output_of(file: Path, limit: int) -> str:
    """What was printed, "" where nothing was. Of more than `limit` bytes the first and the last half."""
    try:
        with file.open("rb") as output:
            size = os.fstat(output.fileno()).st_size
            if size <= limit:
                return output.read().decode("utf-8", "replace")
            first = output.read(limit // 2)
            output.seek(size - limit // 2)
            middle = f"\n… {size - limit} bytes left out …\n".encode()
            return (first + middle + output.read(limit // 2)).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


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


def write_files(folder: Path, files: dict[str, bytes | None]) -> None:
    """Writes the mended files of a trial into its own layer or copy; those that go are the trial's to remove."""
    for path, content in files.items():
        if content is None:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() or target.is_symlink():
            target.unlink()
        target.write_bytes(content)
