"""A PostgreSQL that keeps its data: for the team server of somebody who has none.

Unlike the one of the rehearsal it writes through to the disk and survives a crash; where it ends by itself it is started
again. It listens on a Unix socket that only this user may open, on no port, and ends with the process that asked for it.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from bootproof.rehearsal.database.binaries import Binaries, choose_binaries
from bootproof.rehearsal.database.datafolder import SUPERUSER, Refused, hand_over
from bootproof.rehearsal.database.endpoint import Endpoint
from bootproof.rehearsal.database.errors import DatabaseError, NoPostgres, QueryFailed, ServerFailed
from bootproof.rehearsal.database.supervised import REFUSED, Supervised, Way, reachable, run, ways
from bootproof.rehearsal.database.wire import Connection

DATABASE = "bootproof"
_STARTS_WITHIN = 120.0  # seconds; after a crash it reads its log first
_SOCKETS = "bootproof-"
_LOOKS_EVERY = 0.2  # seconds between two looks whether it still runs
_LONGEST_PAUSE = 30.0  # seconds between two attempts to start it again
_PASSES = ("57", "55006")  # it ends or starts again; what is to be copied is in use: PostgreSQL's appendix A
_ENDS_WITHIN = 6.0  # seconds that the PostgreSQL of a killed server may still take to end
_INITDB = (f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8", "--no-instructions")
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}


class InUse(DatabaseError):
    """Another server runs on the same data folder."""


@contextlib.contextmanager
def kept_postgres(folder: Path, say: Callable[[str], None]) -> Iterator[str]:
    """The address of a PostgreSQL on the data in `folder`, made there at the first time, while the block runs.

    Raises InUse, NoPostgres and ServerFailed, each with what to do next.
    """
    binaries = choose_binaries()
    if isinstance(binaries, str):
        raise NoPostgres(binaries)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = _lock(folder)
    _clear_up(folder)
    sockets = _sockets(folder)
    try:
        ending = threading.Event()
        server = _Lasting(lambda: _started(binaries, folder, sockets, held, ending, say), ending, say)
        try:
            yield f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(sockets), safe='')}"
        finally:
            server.stop()
    finally:
        _clear_up(folder)
        os.close(held)


class _Lasting:
    """Guards a server that is started again where it ends by itself: it does when its disk is full, or somebody kills it.

    Its own lock file keeps a second one from the data while anything of the first one lives.
    """

    def __init__(self, start: Callable[[], Supervised], ending: threading.Event, say: Callable[[str], None]) -> None:
        """Starts it. Raises what `start` raises; later failures are said, and it is tried again."""
        self._start, self._ending, self._say = start, ending, say
        self._server = start()
        self._watching = threading.Thread(target=self._watch, name="postgres", daemon=True)
        self._watching.start()

    def stop(self) -> None:
        """Ends it."""
        self._ending.set()
        self._watching.join()
        self._server.stop()

    def _watch(self) -> None:
        while not self._ending.wait(_LOOKS_EVERY):
            if self._server.status is not None:
                self._say(f"PostgreSQL ended by itself (status {self._server.status}); it is started again")
                self._start_again()

    def _start_again(self) -> None:
        pause = _LOOKS_EVERY
        while not self._ending.wait(pause):
            try:
                self._server = self._start()
            except (DatabaseError, OSError) as problem:
                pause = min(2 * pause, _LONGEST_PAUSE)
                self._say(f"{problem}\nNext attempt to start PostgreSQL in {pause:.0f} s.")
            else:
                self._say("PostgreSQL runs again")
                return


def _sockets(folder: Path) -> Path:
    """A new folder for the socket, whose path must be short; the data folder says where it is, for who comes after a crash."""
    made = Path(tempfile.mkdtemp(prefix=_SOCKETS, dir="/tmp" if Path("/tmp").is_dir() else None))
    (folder / "sockets").symlink_to(made)
    return made


def _clear_up(folder: Path) -> None:
    """Removes what a server leaves that could not end: of its processes none lives, for each of them holds the lock.

    PostgreSQL takes the number in its lock file for a living server as soon as any process of this user has it, which after a
    restart of a machine or a container is likely (src/backend/utils/init/miscinit.c, CreateLockFile).
    """
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
    link = folder / "sockets"
    if link.is_symlink():
        left = link.readlink()
        if left.name.startswith(_SOCKETS) and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        link.unlink()


def _lock(folder: Path) -> int:
    held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    ends = time.monotonic() + _ENDS_WITHIN
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except BlockingIOError:
            if time.monotonic() > ends:
                os.close(held)
                said = f"another server runs on the data in {folder}; stop it, or name another folder with --data"
                raise InUse(said) from None
            time.sleep(0.1)


def _started(
    binaries: Binaries, folder: Path, sockets: Path, held: int, ending: threading.Event, say: Callable[[str], None]
) -> Supervised:
    """The server, answering and with its database, in the first way that is open here."""
    _same_release(binaries, folder)
    refusals = []
    for way in ways():
        if way.copied and binaries.system:
            continue
        try:
            if not (folder / "data" / "PG_VERSION").exists():
                say(f"making a database in {folder}")
                _initialise(binaries, way, folder)
            return _launched(binaries, way, folder, sockets, held, ending)
        except Refused as refusal:
            refusals.append(f"{way.name}: {refusal}")
    raise NoPostgres("PostgreSQL cannot be run as this user; tried " + "; ".join(refusals))


def _same_release(binaries: Binaries, folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        found = (folder / "data" / "PG_VERSION").read_text().strip()
        if found != str(binaries.major):
            raise NoPostgres(
                f"the data in {folder} is of PostgreSQL {found}, and {binaries.major} is installed: dump it with the old one "
                "(pg_dump) and restore it into a new folder"
            )


def _initialise(binaries: Binaries, way: Way, folder: Path) -> None:
    """Makes the data folder: under another name until it is whole, so that a half-made one is never used."""
    half, log = folder / "data.new", folder / "log"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    hand_over(folder, way)
    status = run([str(reachable(binaries, way) / "initdb"), "-D", str(half), *_INITDB, "--locale=C"], way, folder, log)
    if status == REFUSED or (status and way.name == "setuid" and not way.copied):
        raise Refused(_tail(log))
    if status:
        raise NoPostgres(f"initdb failed: {_tail(log)}")
    half.rename(folder / "data")


def _launched(binaries: Binaries, way: Way, folder: Path, sockets: Path, held: int, ending: threading.Event) -> Supervised:
    log = folder / "log"
    hand_over(sockets, way)
    argv = [str(reachable(binaries, way) / "postgres"), "-D", str(folder / "data")]
    for name, value in {**_SETTINGS, "unix_socket_directories": str(sockets)}.items():
        argv += ["-c", f"{name}={value}"]
    log.write_bytes(b"")
    server = Supervised(argv, way, directory=folder, log=log, keep=(held,), signal="SIGINT")  # its fast shutdown
    ends = time.monotonic() + _STARTS_WITHIN
    try:
        while not _answers(sockets):
            if server.status == REFUSED:
                raise Refused(_tail(log))
            if server.status is not None:
                raise ServerFailed(f"PostgreSQL ended with status {server.status}: {_tail(log)}")
            if ending.is_set():
                raise ServerFailed("PostgreSQL is not wanted any more")
            if time.monotonic() > ends:
                raise ServerFailed(f"PostgreSQL did not answer within {_STARTS_WITHIN:.0f} s: {_tail(log)}")
            time.sleep(0.02)
    except BaseException:
        server.stop()
        raise
    return server


def _answers(sockets: Path) -> bool:
    """Whether it answers and has our database, which is made where it is not there. Raises ServerFailed where it cannot be."""
    try:
        with Endpoint(str(sockets)).connect("postgres", SUPERUSER) as connection:
            _make_database(connection)
    except (OSError, QueryFailed):
        return False  # it is not up yet; what is wrong for good shows in its status and its log
    return True


def _make_database(connection: Connection) -> None:
    """Makes our database where it is not there. Raises ServerFailed where it cannot be made, QueryFailed where that may pass."""
    try:
        if not connection.query(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            connection.query(f"CREATE DATABASE {DATABASE}")
    except QueryFailed as problem:
        if problem.sqlstate.startswith(_PASSES):
            raise
        raise ServerFailed(f"the database `{DATABASE}` cannot be made: {problem}") from None


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-600:].strip() if log.exists() else ""
