"""Fixes put into the user's tree: all or nothing, with a backup of every file, undoable byte for byte.

Every file is verified, then backed up, then a record is written; only then the first file is changed,
each by a
rename of a complete new file. Whatever interrupts this, an error or a SIGKILL, the record says how to put all
back: putting back is a rename of the backup, so that a full disk does not hinder it.
"""

import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from bootproof.edits import store
from bootproof.edits.errors import CommitFailed, CommitRefused, RecoveryNeeded, UndoRefused
from bootproof.edits.store import FOLDER, Entry, Record, current, digest, entry_folder, locked


@dataclass(frozen=True)
class _Planned:
    """A file to be written: its record without the names that only the entry gives."""

    path: str
    target: Path
    data: bytes | None  # None: the file goes
    before: bytes | None
    status: os.stat_result | None


def commit(
    root: Path,
    changes: Mapping[str, bytes | None],
    *,
    before: Mapping[str, bytes | None],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Entry:
    """Writes the new contents, and gives back the entry that `undo` undoes.

    `changes` and `before` go by path relative to `root`; `before` is what the audit saw, None for a file that
    did not exist; a change to None removes the file. An incomplete commit of an earlier run is rolled back
    first. Raises CommitRefused, with nothing written, where a file is not what the audit saw or cannot be
    written safely; Busy where another run
    is at work; CommitFailed where writing failed and all was put back; RecoveryNeeded where that failed too.
    """
    root = root.resolve()
    moment = now()
    _plan(root, changes, before)  # refuse before even our own folder is made
    with locked(root):
        _recover(root)
        planned = _plan(root, changes, before)
        if not planned:
            return Entry("", moment.isoformat())
        number = max(
            (int(name.partition("-")[0]) for name, _ in store.entries(root) if _numbered(name)), default=0
        )
        entry = _entry(root, f"{number + 1:04d}-{moment:%Y%m%dT%H%M%SZ}", moment, planned)
        try:
            _back_up(root, entry, planned)
            for record, each in zip(entry.records, planned, strict=True):
                _write(root, record, each, entry.folders)
            store.move(root, entry.id, "prepared", "committed")
        except BaseException as error:
            _put_back(root, entry.id, error)
            if isinstance(error, OSError):
                reason = error.strerror or str(error)
                raise CommitFailed(f"the fixes could not be written, all is as before: {reason}") from error
            raise
        return entry


def undo(root: Path, *, everything: bool = False) -> list[str]:
    """Puts back what the newest commit changed, or with `everything` all commits, newest first.

    Gives back the paths that were restored, in that order; empty where there is nothing to undo.
    Bytes, mode and
    modification time are as before; created files, and folders that it leaves empty, are gone. Raises
    UndoRefused, with nothing changed, where a file was changed since.
    """
    root = root.resolve()
    if not (root / FOLDER).exists():
        return []
    with locked(root):
        _recover(root)
        committed = [name for name, state in reversed(store.entries(root)) if state == "committed"]
        wanted = [store.load(root, name) for name in (committed if everything else committed[:1])]
        _check_undo(root, wanted)
        restored: list[str] = []
        for entry in wanted:
            store.move(root, entry.id, "committed", "undoing")
            _restore(root, entry, undoing=True)
            restored += [record.path for record in entry.records]
        return restored


def recover(root: Path) -> list[str]:
    """Finishes what an interrupted run left: rolls an incomplete commit back, completes an incomplete undo.

    Gives back the paths that were put back; empty where there was nothing to do. A file that somebody changed
    in between is left as it is, and its backup is kept: raises RecoveryNeeded that names it.
    """
    root = root.resolve()
    if not (root / FOLDER / "backups").exists():
        return []
    with locked(root):
        return _recover(root)


def history(root: Path) -> list[Entry]:
    """The commits that can be undone, newest first."""
    root = root.resolve()
    return [store.load(root, name) for name, state in reversed(store.entries(root)) if state == "committed"]


def _numbered(name: str) -> bool:
    return name.partition("-")[0].isdecimal()


def _plan(root: Path, changes: Mapping[str, bytes | None], before: Mapping[str, bytes | None]) -> list[_Planned]:
    for path, seen in before.items():
        _check_seen(root / path, path, seen)
    planned: list[_Planned] = []
    targets: dict[Path, str] = {}
    for path, data in sorted(changes.items()):
        if path not in before:
            raise CommitRefused(f"`{path}`: nobody looked at this file before it was to be changed")
        target = _target(root, path)
        if target in targets:
            raise CommitRefused(f"`{path}` and `{targets[target]}` are the same file")
        targets[target] = path
        if data == before[path]:
            continue
        status = target.stat() if before[path] is not None else None
        _check_writable(root, path, target, status)
        planned.append(_Planned(path, target, data, before[path], status))
    return planned


def _check_seen(target: Path, path: str, seen: bytes | None) -> None:
    try:
        found = target.read_bytes() if target.exists() else None
    except OSError as error:
        raise CommitRefused(f"`{path}` cannot be read: {error.strerror}") from error
    if found != seen:
        what = "is not there any more" if found is None else "is there now" if seen is None else "has changed"
        raise CommitRefused(f"`{path}` {what} since the audit saw it: run the audit again")


def _target(root: Path, path: str) -> Path:
    """The file behind a path, symbolic links followed; refuses what leads out of the root."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise CommitRefused(f"`{path}` is not a path inside the project")
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError) as error:
        raise CommitRefused(f"`{path}` leads nowhere: {error}") from error
    if not target.is_relative_to(root) or target == root:
        raise CommitRefused(f"`{path}` is a symbolic link that leads out of the project")
    if FOLDER in target.relative_to(root).parts or FOLDER in pure.parts:
        raise CommitRefused(f"`{path}` lies in the folder of the backups")
    if (root / path).is_symlink() and not target.exists():
        raise CommitRefused(f"`{path}` is a symbolic link to nothing")
    return target


def _check_writable(root: Path, path: str, target: Path, status: os.stat_result | None) -> None:
    if status is not None:
        if not stat.S_ISREG(status.st_mode):
            raise CommitRefused(f"`{path}` is not a regular file")
        # the mode is a wish of the owner, even where root could write
        if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
            raise CommitRefused(f"`{path}` is read-only")
    folder = next(parent for parent in target.parents if parent.exists())
    if not folder.is_dir():
        raise CommitRefused(f"`{path}` cannot be created: `{folder.relative_to(root)}` is no folder")
    for each in {folder, root}:
        if not each.stat().st_mode & 0o222 or not os.access(each, os.W_OK | os.X_OK):
            raise CommitRefused(f"`{path}`: the folder `{each.relative_to(root)}` is read-only")


def _entry(root: Path, name: str, moment: datetime, planned: list[_Planned]) -> Entry:
    records: list[Record] = []
    folders: dict[str, None] = {}
    for index, each in enumerate(planned):
        target = each.target.relative_to(root)
        missing = [parent for parent in target.parents if not (root / parent).exists()]
        folders.update({parent.as_posix(): None for parent in reversed(missing)})
        records.append(
            Record(
                path=each.path,
                target=target.as_posix(),
                before=None if each.before is None else digest(each.before),
                after=None if each.data is None else digest(each.data),
                mode=0 if each.status is None else stat.S_IMODE(each.status.st_mode),
                mtime_ns=0 if each.status is None else each.status.st_mtime_ns,
                backup=f"{index:04d}-{target.name[-100:]}",
                temporary=(target.parent / f".bootproof-{name}-{index:04d}").as_posix(),
            )
        )
    return Entry(name, moment.isoformat(), tuple(records), tuple(folders))


def _back_up(root: Path, entry: Entry, planned: list[_Planned]) -> None:
    folder = entry_folder(root, entry.id)
    folder.parent.mkdir(exist_ok=True)
    folder.mkdir(mode=0o700)  # settings files hold secrets
    for record, each in zip(entry.records, planned, strict=True):
        if each.before is not None and each.status is not None:
            store.write_synced(folder / record.backup, each.before)
            _copy_status(each.target, each.status, folder / record.backup)
    for place in (folder, folder.parent, folder.parent.parent, root):
        store.sync_folder(place)
    store.save(root, entry)


def _copy_status(source: Path, status: os.stat_result, to: Path) -> None:
    """Mode, times and extended attributes of `source`, and its owner where that is allowed."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(to, status.st_uid, status.st_gid)
    shutil.copystat(source, to)


def _write(root: Path, record: Record, each: _Planned, folders: tuple[str, ...]) -> None:
    for folder in folders:
        if (root / record.target).is_relative_to(root / folder):
            (root / folder).mkdir(exist_ok=True)
    temporary = root / record.temporary
    if each.data is not None:
        store.write_synced(temporary, each.data)
    if each.data is not None and each.status is not None:
        _copy_status(each.target, each.status, temporary)
        _touch(temporary, each)
    if current(each.target) != record.before:
        raise CommitRefused(f"`{each.path}` was changed while the fixes were written; all is as before")
    if each.data is None:
        each.target.unlink()
    else:
        temporary.replace(each.target)
    store.sync_folder(each.target.parent)


def _touch(temporary: Path, each: _Planned) -> None:
    """Gives a new time: byte-code caches compare whole seconds and the size, so the second must differ
    too.
    """
    assert each.status is not None and each.data is not None  # callers have checked
    moment = time.time_ns()
    if moment // 10**9 == each.status.st_mtime_ns // 10**9 and len(each.data) == each.status.st_size:
        moment += 10**9
    os.utime(temporary, ns=(moment, moment))


def _put_back(root: Path, entry_id: str, error: BaseException) -> None:
    try:
        _roll_back(root, entry_id)
    except (OSError, RecoveryNeeded) as second:
        raise RecoveryNeeded(
            f"the fixes could not be written ({error}), nor could all be put back ({second}): the backups "
            f"are in `{FOLDER}/backups/{entry_id}`, and the next run puts them back"
        ) from error


def _recover(root: Path) -> list[str]:
    restored: list[str] = []
    for name, state in store.entries(root):
        if state != "committed":
            restored += _roll_back(root, name)
    return restored


def _roll_back(root: Path, entry_id: str) -> list[str]:
    folder = entry_folder(root, entry_id)
    if not folder.exists():
        return []
    state = dict(store.entries(root))[entry_id]
    if state == "":
        shutil.rmtree(folder)  # no record: no file of the user was touched
        return []
    if state == "committed":  # so that a crash from here on is still known to be incomplete
        store.move(root, entry_id, "committed", "undoing")
    return _restore(root, store.load(root, entry_id), undoing=state != "prepared")


def _restore(root: Path, entry: Entry, *, undoing: bool) -> list[str]:
    """Puts every file of an entry back, and forgets the entry. Does no harm when done twice."""
    restored: list[str] = []
    folder = entry_folder(root, entry.id)
    in_doubt: list[str] = []
    for record in reversed(entry.records):
        (root / record.temporary).unlink(missing_ok=True)
        target = root / record.target
        backup = folder / record.backup
        found = current(target)
        # an undo puts mode and time back too; a roll-back leaves a file that was not reached untouched
        if found == record.before and not (undoing and found is not None and backup.exists()):
            continue
        if found not in (None, record.after, record.before):
            in_doubt.append(record.path)
        elif record.before is None:
            target.unlink()
            restored.append(record.path)
        else:
            backup.replace(target)
            restored.append(record.path)
        if target.parent.exists():
            store.sync_folder(target.parent)
    for created in sorted(entry.folders, key=len, reverse=True):
        with suppress(OSError):  # somebody uses it by now
            (root / created).rmdir()
    if in_doubt:
        names = ", ".join(f"`{path}`" for path in in_doubt)
        raise RecoveryNeeded(
            f"changed by somebody while a run was interrupted: {names}; compare with "
            f"`{FOLDER}/backups/{entry.id}`, then remove that folder"
        )
    store.forget(root, entry.id)
    return restored


def _check_undo(root: Path, wanted: list[Entry]) -> None:
    """Follows every file through the entries, newest first; UndoRefused where one was changed since."""
    state: dict[str, str | None] = {}
    for entry in wanted:
        for record in entry.records:
            if record.target not in state:
                state[record.target] = current(root / record.target)
            found = state[record.target]
            if found not in (record.after, record.before):
                what = "was removed" if found is None else "was changed"
                raise UndoRefused(
                    f"`{record.path}` {what} since bootproof wrote it, so nothing was undone; the backup is "
                    f"`{entry.backup(record)}`"
                )
            backup = entry_folder(root, entry.id) / record.backup
            if found == record.after and record.before is not None and current(backup) != record.before:
                raise UndoRefused(f"the backup of `{record.path}` is damaged, so nothing was undone")
            if (root / record.target).parent.exists() and not os.access(
                (root / record.target).parent, os.W_OK
            ):
                raise UndoRefused(f"the folder of `{record.path}` is read-only, so nothing was undone")
            state[record.target] = record.before
