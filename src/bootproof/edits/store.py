"""The journal's own folder, `<root>/.bootproof/`: its lock, its entries, and how it disappears.

An entry is a folder `backups/<id>/` with the backups and one record. The record's *name* is the
entry's state,
so that a state changes by one rename, which is atomic and needs no disk space:

    (no record)          backups were being made; no file of the user was touched
    prepared.json        files may have been changed: to be rolled back
    committed.json       the commit is complete: can be undone
    undoing.json         files may have been put back: to be finished
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bootproof.edits.errors import Busy, CommitRefused, JournalError

FOLDER = ".bootproof"
STATES = ("prepared", "committed", "undoing")


@dataclass(frozen=True)
class Record:
    """One file of a commit. Paths are relative to the root; `target` is the file behind symbolic links.

    `before` and `after` are SHA-256 sums; `before` is None where the commit creates the file, `after` where it
    removes it.
    """

    path: str
    target: str
    before: str | None
    after: str | None
    mode: int
    mtime_ns: int
    backup: str  # file name in the entry's folder
    temporary: str  # relative to the root, beside the target


@dataclass(frozen=True)
class Entry:
    """One commit: what it changed and which folders it created. `id` sorts by age; "" where nothing
    changed.
    """

    id: str
    created: str  # ISO 8601, UTC
    records: tuple[Record, ...] = ()
    folders: tuple[str, ...] = ()

    def backup(self, record: Record) -> str:
        """Where the backup of a file lies, relative to the root."""
        return f"{FOLDER}/backups/{self.id}/{record.backup}"


def digest(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def current(path: Path) -> str | None:
    """The SHA-256 of a file as it is now, None where there is none."""
    try:
        return digest(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def entry_folder(root: Path, entry_id: str) -> Path:
    """The folder of one entry."""
    return root / FOLDER / "backups" / entry_id


def entries(root: Path) -> list[tuple[str, str]]:
    """Every entry as (id, state), oldest first; the state is "" where there is no record."""
    try:
        names = sorted(path.name for path in (root / FOLDER / "backups").iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [(name, _state(entry_folder(root, name))) for name in names]


def _state(folder: Path) -> str:
    return next((state for state in STATES if (folder / f"{state}.json").exists()), "")


def load(root: Path, entry_id: str) -> Entry:
    """The entry of that id. Raises JournalError where its record cannot be read or points out of the root."""
    folder = entry_folder(root, entry_id)
    try:
        data = json.loads((folder / f"{_state(folder)}.json").read_bytes())
        records = tuple(Record(**record) for record in data["records"])
        entry = Entry(data["id"], data["created"], records, tuple(data["folders"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalError(f"the record of `{FOLDER}/backups/{entry_id}` cannot be read: {error}") from error
    for path in (*entry.folders, *(p for each in records for p in (each.target, each.temporary))):
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise JournalError(f"the record of `{FOLDER}/backups/{entry_id}` points out of the project")
    return entry


def save(root: Path, entry: Entry) -> None:
    """Writes an entry's record, in state `prepared`, complete and on the disk when this returns."""
    folder = entry_folder(root, entry.id)
    write_synced(folder / "record.tmp", json.dumps(asdict(entry), indent=1).encode())
    (folder / "record.tmp").replace(folder / "prepared.json")
    sync_folder(folder)


def move(root: Path, entry_id: str, state: str, to: str) -> None:
    """Changes an entry's state."""
    folder = entry_folder(root, entry_id)
    (folder / f"{state}.json").replace(folder / f"{to}.json")
    sync_folder(folder)


def forget(root: Path, entry_id: str) -> None:
    """Removes an entry; its record goes last, so that an interrupted removal is taken up again."""
    folder = entry_folder(root, entry_id)
    state = _state(folder)
    for path in sorted(folder.iterdir()):
        if path.name != f"{state}.json":
            path.unlink()
    shutil.rmtree(folder)


def write_synced(path: Path, data: bytes) -> None:
    """Writes a new file and waits until it is on the disk. Raises FileExistsError where there is one."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Waits until a folder's names are on the disk, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds this tree's lock, and leaves no `.bootproof` behind when nothing is in it.

    Raises Busy where another run holds it, CommitRefused where the folder cannot be made.
    """
    own = root / FOLDER
    if own.is_symlink():
        raise CommitRefused(f"`{FOLDER}` is a symbolic link: backups belong into the project")
    try:
        handle = _acquire(own)
    except OSError as error:
        raise CommitRefused(f"`{FOLDER}` cannot be made: {error.strerror or error}") from error
    try:
        yield
    finally:
        _tidy(own)
        os.close(handle)


def _acquire(own: Path) -> int:
    while True:
        own.mkdir(exist_ok=True)
        try:
            handle = os.open(own / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:  # another run tidied the folder away just now
            continue
        try:
            _lock(handle)
            # the one that held it may have removed the file that we waited for
            here = (own / "lock").stat().st_ino == os.fstat(handle).st_ino
        except FileNotFoundError:
            here = False
        except BaseException:
            os.close(handle)
            raise
        if here:
            break
        os.close(handle)
    try:
        if not (own / ".gitignore").exists():
            (own / ".gitignore").write_text("*\n")
    except OSError:
        _tidy(own)
        os.close(handle)
        raise
    return handle


def _lock(handle: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise Busy(
            "another run of bootproof is at work in this project: try again when it has ended"
        ) from None


def _tidy(own: Path) -> None:
    # rmdir refuses a folder that holds anything, so nothing of others is ever lost
    with suppress(OSError):
        (own / "backups").rmdir()
    left = {path.name for path in own.iterdir()} if own.is_dir() else set()
    if left <= {".gitignore", "lock"}:
        with suppress(OSError):
            (own / ".gitignore").unlink(missing_ok=True)
            (own / "lock").unlink(missing_ok=True)
            own.rmdir()
