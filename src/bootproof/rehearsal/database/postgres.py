"""A PostgreSQL server of our own: started for one audit, a database for each trial, gone without a trace.

Measured on 2 cores: 0.09 s from start to the first connection, 11 ms for a database.
It makes no promise to survive a crash (fsync is off), listens on a Unix socket that only this user may open,
and trusts everyone there. Its roles are superusers, so it does not show what a role of production may not do.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bootproof.rehearsal.database.binaries import Binaries, nearest_binaries
from bootproof.rehearsal.database.datafolder import (
    SUPERUSER,
    Refused,
    cache_folder,
    copy,
    hand_over,
    lock,
    place,
    prepared,
)
from bootproof.rehearsal.database.endpoint import Endpoint
from bootproof.rehearsal.database.errors import DatabaseError, NoPostgres, QueryFailed, ServerFailed
from bootproof.rehearsal.database.supervised import REFUSED, Supervised, Way, reachable, ways
from bootproof.rehearsal.database.wire import Connection, Row, identifier

MAINTENANCE = "template1"
POOL = 4  # databases kept ready: 8 MB each
_DUPLICATE = ("42710", "23505")  # duplicate_object, and the unique violation of two that create at once

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing stays in /dev/shm after a SIGKILL
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "jit": "off",
}

TABLES = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""


class Postgres:
    """One server. `start` returns at once; `ready` waits until it answers. Any thread may use it."""

    def __init__(
        self,
        binaries: Binaries | None = None,
        *,
        cache: Path | None = None,
        tried: Sequence[Way] | None = None,
        pool: int = POOL,
        extensions: Iterable[str] = (),
        lasting: bool = False,
    ) -> None:
        """Starts nothing. `binaries`: see choose_binaries, by default those with most of `extensions`; `tried`
        replaces the ways not to be root; `lasting`: it outlives many boots, so that what is released is dropped.
        """
        self._binaries = binaries
        self._wanted = frozenset(extensions)
        self._cache = cache
        self._tried = tried
        self._size = pool
        self._lasting = lasting
        self._changed = threading.Condition()
        self._pool: deque[str] = deque()
        self._numbers = iter(range(1, 1 << 31))
        self._failure: DatabaseError | None = None
        self._up = False
        self._stopping = False
        self._server: Supervised | None = None
        self._folder: Path | None = None
        self._roles = {SUPERUSER}
        self._roles_lock = threading.Lock()
        self._starter: threading.Thread | None = None
        self.way: Way | None = None

    def start(self, scratch: Path) -> Self:
        """Start it in the background, and itself. `scratch` takes its data where memory has no room."""
        if self._starter is not None:
            raise RuntimeError("a Postgres is started once")
        self._starter = threading.Thread(target=self._run, args=(scratch,), name="postgres", daemon=True)
        self._starter.start()
        return self

    def ready(self, seconds: float = 60.0) -> None:
        """Wait until it answers. Raises NoPostgres, or ServerFailed, also after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._up or self._failure is not None, seconds)
            if self._failure is not None:
                raise self._failure
            if not self._up:
                raise ServerFailed(f"PostgreSQL did not answer within {seconds:.0f} s{self._tail()}")

    def stop(self) -> None:
        """End the server and remove its folder; idempotent."""
        with self._changed:
            self._stopping = True
            self._up = False
            if self._failure is None:
                self._failure = ServerFailed("the server was stopped")
            self._changed.notify_all()
        if self._server is not None:
            self._server.stop()
        if self._starter is not None:
            self._starter.join()
        # It may have been started between the first look and the end of the thread.
        if self._server is not None:
            self._server.stop()
        self._remove()

    @property
    def socket(self) -> Path:
        """The Unix socket it listens on. Waits for `ready`."""
        self.ready()
        return self._socket()

    def take(self) -> str:
        """The name of a fresh, empty database that nobody else has. Usually one is ready and waits."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._pool) or self._failure is not None)
            if self._failure is not None:
                raise self._failure
            name = self._pool.popleft()
            self._changed.notify_all()
            return name

    def create_database(self, name: str) -> None:
        """Create an empty database, as bare as a new server's. Raises QueryFailed where the name is taken."""
        self.query(MAINTENANCE, _create(name))

    def drop(self, name: str) -> None:
        """Drop a database and end the sessions in it; nothing where it is not there."""
        self.query(MAINTENANCE, f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def tables(self, database: str) -> tuple[str, ...]:
        """The tables, sorted, with their schema unless that is `public`; those of extensions left out."""
        return tuple(row[0] for row in self.query(database, TABLES) if row[0] is not None)

    def query(self, database: str, sql: str) -> tuple[Row, ...]:
        """The rows of the last statement, as text. Raises QueryFailed, ServerFailed."""
        self.ready()
        try:
            with self._connection(database) as connection:
                return connection.query(sql)
        except OSError as problem:
            raise ServerFailed(f"PostgreSQL went away: {problem}{self._tail()}") from problem

    def ensure_role(self, name: str) -> None:
        """Make sure that a superuser of that name can log in. Raises QueryFailed (a reserved name)."""
        with self._roles_lock:
            if name in self._roles:
                return
            try:
                self.query(MAINTENANCE, f"CREATE ROLE {identifier(name)} SUPERUSER LOGIN")
            except QueryFailed as problem:
                if problem.sqlstate not in _DUPLICATE:
                    raise
            self._roles.add(name)

    def admit(self, user: str) -> tuple[str, str]:
        """The client's own role, made where there is none. A reserved name cannot be made: PostgreSQL says so."""
        with contextlib.suppress(QueryFailed):
            self.ensure_role(user)
        return user, ""

    def release(self, name: str) -> None:
        """Keep it where the server soon goes: to drop it would cost more."""
        if self._lasting:
            with contextlib.suppress(DatabaseError):  # one that cannot be dropped costs 8 MB until the server goes
                self.drop(name)

    @property
    def place(self) -> str:
        """What messages call it."""
        return "the embedded PostgreSQL"

    @property
    def endpoint(self) -> Endpoint:
        """The folder of its socket, where it trusts everyone. Waits for `ready`."""
        return Endpoint(str(self.socket.parent))

    @property
    def extensions(self) -> frozenset[str]:
        """The extensions that these binaries have. Waits for `ready`."""
        self.ready()
        return self._binaries.extensions if self._binaries else frozenset()

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing: what it does not show is the same for every project."""
        return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # what the thread does

    def _run(self, scratch: Path) -> None:
        try:
            connection = self._bring_up(scratch)
        except DatabaseError as problem:
            self._fail(problem)
            return
        except OSError as problem:
            self._fail(ServerFailed(f"PostgreSQL could not be started: {problem}"))
            return
        except BaseException as problem:  # the border of a thread: nobody may wait for it for ever
            self._fail(ServerFailed(f"PostgreSQL could not be started: {type(problem).__name__}"))
            raise
        if connection is None:
            return
        try:
            with connection:
                self._fill(connection)
        except (OSError, QueryFailed) as problem:
            self._fail(ServerFailed(f"PostgreSQL went away: {problem}{self._tail()}"))
        finally:
            # whatever ended this thread: nobody may wait for it for ever
            self._fail(ServerFailed("nothing keeps PostgreSQL any more"))

    def _fail(self, problem: DatabaseError) -> None:
        with self._changed:
            self._up = False
            if self._failure is None:
                self._failure = problem
            self._changed.notify_all()

    def _bring_up(self, scratch: Path) -> Connection | None:
        binaries = self._binaries or nearest_binaries(self._wanted)
        if isinstance(binaries, str):
            raise NoPostgres(binaries)
        self._binaries = binaries
        refusals = []
        for way in self._tried or ways():
            if way.copied and binaries.system:
                continue  # every user can read the system's own, which would not run from elsewhere
            try:
                connection = self._launch(binaries, way, scratch)
            except Refused as refusal:
                refusals.append(f"{way.name}{' of a copy' if way.copied else ''}: {refusal}")
                self._remove()
                continue
            self.way = way
            return connection
        raise NoPostgres("PostgreSQL cannot be run as this user; tried " + "; ".join(refusals))

    def _launch(self, binaries: Binaries, way: Way, scratch: Path) -> Connection | None:
        try:
            source = prepared(binaries, way, self._cache or cache_folder())
        except OSError:
            # A home that cannot be written (often a service account's) is no obstacle: prepare it for once.
            source = prepared(binaries, way, scratch / "postgres")
        self._folder = folder = place(scratch, way)
        held = lock(folder)
        try:
            copy(source, folder / "data")
            (folder / "s").mkdir(mode=0o700)
            hand_over(folder, way)
            argv = [str(reachable(binaries, way) / "postgres"), "-D", str(folder / "data")]
            for name, value in (_SETTINGS | {"unix_socket_directories": str(folder / "s")}).items():
                argv += ["-c", f"{name}={value}"]
            with self._changed:
                if self._stopping:
                    return None
                self._server = Supervised(
                    argv, way, directory=folder, log=folder / "log", remove=folder, keep=(held,)
                )
        finally:
            os.close(held)  # the supervisor has its own
        return self._first_connection(self._server)

    def _first_connection(self, server: Supervised) -> Connection | None:
        while not self._stopping:
            status = server.status
            if status == REFUSED:
                raise Refused(self._tail().removeprefix(": "))
            if status is not None:
                raise ServerFailed(f"PostgreSQL ended with status {status}{self._tail()}")
            with contextlib.suppress(FileNotFoundError, ConnectionError, QueryFailed):
                return self._connection(MAINTENANCE)
            time.sleep(0.002)
        return None

    def _fill(self, connection: Connection) -> None:
        with self._changed:
            self._up = True
            self._changed.notify_all()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or len(self._pool) < self._size)
                if self._stopping:
                    return
            name = f"trial_{next(self._numbers)}"
            connection.query(_create(name))
            with self._changed:
                self._pool.append(name)
                self._changed.notify_all()

    def _connection(self, database: str) -> Connection:
        assert self._folder is not None
        return Endpoint(str(self._folder / "s")).connect(database, SUPERUSER)

    def _socket(self) -> Path:
        assert self._folder is not None
        return self._folder / "s" / ".s.PGSQL.5432"

    def _tail(self) -> str:
        try:
            text = (self._folder / "log").read_text(errors="replace") if self._folder else ""
        except OSError:
            return ""
        return ": " + text[-600:].strip() if text else ""

    def _remove(self) -> None:
        if self._folder is not None:
            # rm knows how to go on where a file vanishes meanwhile.
            subprocess.run(["rm", "-rf", str(self._folder)], check=False)
            self._folder = None


def _create(name: str) -> str:
    # file_copy takes a third of the default's time where nothing is synced: 11 ms against 37.
    return f"CREATE DATABASE {identifier(name)} TEMPLATE template0 STRATEGY file_copy"
