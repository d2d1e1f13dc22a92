"""A cache of folders by content: built once, under a lock, at their final path, and marked at the end."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARKER = "complete.json"
FRESH = 7 * 24 * 3600.0
"""Seconds for which what the index answered is taken as what it would answer today."""
_UNUSED = 30 * 24 * 3600.0


class LockTimeout(Exception):
    """Somebody else has been building the same folder for longer than we may wait."""


@dataclass(frozen=True)
class Kept:
    """A complete folder of the cache, what was noted beside its marker, and its age in seconds."""

    folder: Path
    noted: Mapping[str, object]
    age: float


def cache_folder(cache: Path | None, environ: Mapping[str, str]) -> Path:
    """Where bootproof caches: `cache` if given, else `bootproof` in XDG_CACHE_HOME or `~/.cache`."""
    if cache is not None:
        return cache.absolute()
    base = environ.get("XDG_CACHE_HOME", "")
    # a relative path in it is invalid and to be ignored (XDG Base Directory Specification, "Basics")
    root = (
        Path(base)
        if base and Path(base).is_absolute()
        else Path(environ.get("HOME") or Path.home()) / ".cache"
    )
    return root / "bootproof"


def digest(*parts: bytes | str) -> str:
    """A key of 32 hexadecimal digits; the parts are told apart by their lengths."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        total.update(b"%d:" % len(raw))
        total.update(raw)
    return total.hexdigest()[:32]


def find(shelf: Path, key: str, *, clock: Callable[[], float] = time.time) -> Kept | None:
    """The newest complete folder of that key, of any age, or None. A half-built one does not count."""
    try:
        stamps = sorted((entry.name for entry in os.scandir(shelf / key) if entry.name.isdigit()), key=int)
    except (FileNotFoundError, NotADirectoryError):
        return None
    for stamp in reversed(stamps):
        folder = shelf / key / stamp
        try:
            noted = json.loads((folder / MARKER).read_bytes())
        except (FileNotFoundError, ValueError):
            continue
        if isinstance(noted, dict):
            return Kept(folder, noted, max(0.0, clock() - int(stamp) / 1000))
    return None


@contextlib.contextmanager
def locked(shelf: Path, key: str, *, seconds: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one key; `waiting` is called once if somebody else holds it. Raises LockTimeout."""
    (shelf / key).mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    told = False
    with (shelf / key / "lock").open("ab") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    told = True
                    waiting()
                if time.monotonic() >= end:
                    raise LockTimeout(str(shelf / key)) from None
                time.sleep(0.05)
        # closing the file gives the lock back, also when the process is killed
        yield


def new_folder(shelf: Path, key: str, *, clock: Callable[[], float] = time.time) -> Path:
    """An empty folder for the next build of that key; half-built ones are removed. Hold the lock."""
    stamps = []
    for entry in os.scandir(shelf / key):
        if entry.name.isdigit():
            if Path(entry.path, MARKER).exists():
                stamps.append(int(entry.name))
            else:
                shutil.rmtree(entry.path, ignore_errors=True)
    stamp = max([int(clock() * 1000), *(each + 1 for each in stamps)])
    folder = shelf / key / str(stamp)
    folder.mkdir()
    return folder


def complete(folder: Path, noted: Mapping[str, object]) -> None:
    """Mark a folder as complete, as the last thing written in it."""
    draft = folder / f"{MARKER}.new"
    draft.write_text(json.dumps(noted, indent=1), encoding="utf-8")
    draft.replace(folder / MARKER)


def touch(kept: Kept) -> None:
    """Note that a folder is in use, so that it is not swept away."""
    with contextlib.suppress(OSError):  # a read-only cache still serves
        os.utime(kept.folder / MARKER)


def sweep(shelf: Path, *, clock: Callable[[], float] = time.time) -> None:
    """Remove what nobody has used for 30 days."""
    for folder in shelf.glob("*/[0-9]*"):
        marker = folder / MARKER
        with contextlib.suppress(FileNotFoundError):
            if clock() - marker.stat().st_mtime > _UNUSED:
                marker.unlink()
                shutil.rmtree(folder, ignore_errors=True)
