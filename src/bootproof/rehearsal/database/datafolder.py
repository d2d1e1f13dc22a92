"""The data folder of the server: prepared once per release, then copied for each audit.

`initdb` costs 0.3 to 0.5 s, a copy 0.02 s. WAL segments of 1 MB instead of 16, and no database `postgres`,
bring it from 38 MB to 20 MB. `template1` stays: clients create databases from it.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bootproof.rehearsal.database.binaries import Binaries
from bootproof.rehearsal.database.errors import NoPostgres
from bootproof.rehearsal.database.supervised import REFUSED, Way, reachable, run
from bootproof.rehearsal.database.supervisor import free_shared_memory

SUPERUSER = "bootproof"
PREFIX = "bootproof-pg-"
ROOM = 512 << 20  # bytes that must be free in a folder in memory: a trial's database takes 8 MB
_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on macOS and the BSDs, 108 on Linux

_INITDB = (
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-sync",
    "--no-instructions",
    "--wal-segsize=1",
)


class Refused(Exception):
    """This way of giving up root is not open here; try the next."""


def cache_folder() -> Path:
    """Where prepared data folders are kept: `bootproof/postgres` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "bootproof" / "postgres"


def prepared(binaries: Binaries, way: Way, cache: Path) -> Path:
    """The prepared data folder for these binaries, made now if there is none; safe if others make it too.

    Raises Refused, NoPostgres (with initdb's own words), OSError where the cache cannot be written.
    """
    options = hashlib.sha256(repr((_INITDB, platform.machine(), sys.platform)).encode()).hexdigest()[:8]
    kept = cache / f"{re.sub(r'[^0-9A-Za-z.]+', '-', binaries.version)}-{options}"
    if (kept / "PG_VERSION").exists():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "PG_VERSION").exists():
            with _workshop(way, cache) as folder:
                _initialise(binaries, way, folder)
                shutil.rmtree(kept, ignore_errors=True)
                # Within one file system a rename is atomic; from another, the copy is renamed.
                half = cache / f"{kept.name}.{os.getpid()}"
                shutil.copytree(folder / "data", half)
                half.rename(kept)
    return kept


@contextlib.contextmanager
def _workshop(way: Way, cache: Path) -> Iterator[Path]:
    """A folder that the user who runs initdb can reach: in root's cache `nobody` could not."""
    folder = Path(tempfile.mkdtemp(prefix="initdb-", dir=None if way.name == "setuid" else cache))
    try:
        if way.name == "setuid":
            os.chown(folder, way.uid, way.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(binaries: Binaries, way: Way, folder: Path) -> None:
    programs, data, log = reachable(binaries, way), folder / "data", folder / "log"
    problem = ""
    # C.UTF-8 knows the letters of all languages, as hosted servers do; not every system has it.
    for locale in ("C.UTF-8", "C"):
        log.write_bytes(b"")
        argv = [str(programs / "initdb"), "-D", str(data), *_INITDB, f"--locale={locale}"]
        status = run(argv, way, folder, log)
        if status == REFUSED:
            raise Refused(log.read_text(errors="replace").strip())
        if status == 0:
            _drop_postgres(programs / "postgres", data, way, folder, log)
            return
        problem = log.read_text(errors="replace").strip()
        shutil.rmtree(data, ignore_errors=True)
    if way.name == "setuid" and not way.copied:
        raise Refused(problem)  # it may be that a part of the installation cannot be read
    raise NoPostgres(f"initdb failed: {problem[-600:]}")


def _drop_postgres(program: Path, data: Path, way: Way, folder: Path, log: Path) -> None:
    statement = folder / "drop.sql"
    statement.write_text("DROP DATABASE postgres\n")
    statement.chmod(0o644)
    # The single-user server reads its statements from standard input, which the supervisor keeps for itself.
    script = 'exec "$0" --single -D "$1" -c fsync=off -c log_checkpoints=off template1 < "$2"'
    status = run(["/bin/sh", "-c", script, str(program), str(data), str(statement)], way, folder, log)
    if status:
        raise NoPostgres(f"the prepared data folder is of no use: {log.read_text(errors='replace')[-600:]}")


def place(scratch: Path, way: Way) -> Path:
    """A new folder for one server: in memory where there is room, else in `scratch`, else a temporary one."""
    candidates = [Path("/dev/shm"), scratch]
    if way.name == "setuid":
        candidates = [Path("/dev/shm"), Path(tempfile.gettempdir())]
    candidates.append(Path(tempfile.gettempdir()))
    for base in candidates:
        with contextlib.suppress(OSError):
            if base == Path("/dev/shm") and shutil.disk_usage(base).free < ROOM:
                continue
            if len(os.fsencode(base)) + len(PREFIX) + len("12345678/s/.s.PGSQL.5432") > _SOCKET_PATH_LIMIT:
                continue
            sweep(base)
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    raise NoPostgres(f"no folder for the server's data; tried {', '.join(map(str, candidates))}")


def lock(folder: Path) -> int:
    """A descriptor that marks the folder as in use, for as long as it or a copy of it is open."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def sweep(base: Path) -> None:
    """Remove folders of servers that were killed together with their supervisor; those in use stay."""
    for folder in base.glob(f"{PREFIX}*"):
        try:
            if folder.lstat().st_uid != os.geteuid():
                continue
            held = os.open(folder / "lock", os.O_RDWR)
        except OSError:
            continue  # being made, being removed, or not ours
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            free_shared_memory(str(folder / "data"))
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(held)


def copy(source: Path, target: Path) -> None:
    """Copy a data folder, sharing blocks where the file system can."""
    for options in (["-R", "--reflink=auto"], ["-R"]):
        done = subprocess.run(["cp", *options, str(source), str(target)], capture_output=True, check=False)
        if done.returncode == 0:
            target.chmod(0o700)
            return
        shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def hand_over(folder: Path, way: Way) -> None:
    """Give the folder to the user that the server runs as."""
    if way.name != "setuid":
        return
    for parent, _, files in os.walk(folder):
        os.chown(parent, way.uid, way.gid)
        for name in files:
            os.chown(Path(parent) / name, way.uid, way.gid)
