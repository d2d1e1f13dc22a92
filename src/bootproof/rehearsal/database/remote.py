"""A PostgreSQL server that the user names: a scratch database on it for each boot, dropped again.

Nothing else there is touched: we create databases named `bootproof_<random>_<number>`, roles that the project's
connection strings name and the server does not have (without the right to log in), and drop what we created. Read
are the catalogue's lists of roles and extensions. After a SIGKILL of this process they stay, to be dropped by hand.
"""

import contextlib
import getpass
import secrets
import threading
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from bootproof.model.masking import mask
from bootproof.rehearsal.database.endpoint import Endpoint, endpoint_of
from bootproof.rehearsal.database.errors import DatabaseError, QueryFailed, ServerFailed, Unusable
from bootproof.rehearsal.database.postgres import TABLES
from bootproof.rehearsal.database.wire import Row, identifier

POOL = 2  # databases kept ready: here they cost somebody else's disk
_OLDEST = 100_000  # server_version_num of release 10
_NO_FORCE = ("42601", "42501")  # before 13 there is no FORCE; some hosts do not let their users end sessions by it

_FACTS = """
SELECT pg_catalog.version(), pg_catalog.current_setting('server_version_num'), rolsuper, rolcreatedb, rolcreaterole,
       pg_catalog.pg_is_in_recovery()
FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
_END_SESSIONS = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = '{}'"


class Remote:
    """One server of the user's. `check` first; `stop` drops all that was made. Any thread may use it."""

    def __init__(self, url: str, *, pool: int = POOL) -> None:
        """Connects to nothing. Raises Unusable where `url` is no URL of PostgreSQL."""
        self._endpoint, self._home = endpoint_of(url, _this_user())
        self._prefix = f"bootproof_{secrets.token_hex(4)}"
        self._size = pool
        self._numbers = iter(range(1, 1 << 31))
        self._changed = threading.Condition()
        self._pool: deque[str] = deque()
        self._done: deque[str] = deque()
        self._made: dict[str, None] = {}
        self._roles: dict[str, None] = {}
        self._admitted: dict[str, tuple[str, str]] = {}
        self._admitting = threading.Lock()
        self._failure: DatabaseError | None = None
        self._thread: threading.Thread | None = None
        self._stopping = self._checked = False
        self._super = self._makes_roles = False
        self._extensions: frozenset[str] = frozenset()
        self.left: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the password."""
        return (self._endpoint.password,) if self._endpoint.password else ()

    @property
    def place(self) -> str:
        """The server as a message names it: without user and password."""
        return self._endpoint.path or f"{self._endpoint.host}:{self._endpoint.port}"

    def check(self) -> None:
        """Make sure that all we need is there, by making the first database. Raises Unusable."""
        try:
            (facts,) = self.query(self._home, _FACTS)
        except (DatabaseError, ValueError) as problem:
            raise self._unusable(problem) from problem
        version, number, superuser, creates, roles, recovering = (each or "" for each in facts)
        if not version.startswith(("PostgreSQL", "EnterpriseDB")) or not number.isdigit() or int(number) < _OLDEST:
            raise Unusable(f"The server at {self.place} is {version[:60]}: `--database` needs PostgreSQL 10 or newer")
        if recovering == "t":
            raise Unusable(f"The server at {self.place} is a standby, which nobody may write to: name its primary")
        self._super, self._makes_roles = superuser == "t", roles == "t"
        if not self._super and creates != "t":
            raise Unusable(
                f"The role {self._endpoint.user} may not create databases on {self.place}: "
                f"ALTER ROLE {identifier(self._endpoint.user)} CREATEDB, or name another role in `--database`"
            )
        try:
            name = self._create()
            found = self.query(name, "SELECT name FROM pg_catalog.pg_available_extensions")
        except DatabaseError as problem:
            self.stop()
            raise Unusable(
                f"A scratch database cannot be used on {self.place}: {self._told(problem)}. "
                "Name a server that is reached without a pooler, as a role that may create databases"
            ) from problem
        self._extensions = frozenset(row[0] for row in found if row[0])
        self._pool.append(name)
        self._checked = True

    def start(self, scratch: Path | None = None) -> Self:
        """Keep databases ready in the background, and drop used ones. Raises RuntimeError before `check`."""
        if not self._checked:
            raise RuntimeError("a Remote is checked before it is started")
        self._thread = threading.Thread(target=self._run, name="databases-remote", daemon=True)
        self._thread.start()
        return self

    def ready(self, seconds: float = 60.0) -> None:
        """Nothing to wait for: `check` did. Raises DatabaseError where the server failed since."""
        with self._changed:
            if self._failure is not None:
                raise self._failure

    def stop(self) -> None:
        """Drop all that was made; idempotent. `left` names what could not be dropped."""
        with self._changed:
            self._stopping = True
            if self._failure is None:
                self._failure = ServerFailed("the databases were given back")
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        left = []
        for name in tuple(self._made):
            try:
                self.drop(name)
            except DatabaseError:
                left.append(name)
        for role in tuple(self._roles):
            try:
                self.query(self._home, f"DROP ROLE IF EXISTS {identifier(role)}")
                del self._roles[role]
            except DatabaseError:
                left.append(f"role {role}")
        self.left = tuple(left)

    def take(self) -> str:
        """The name of a fresh, empty database that nobody else has. Raises DatabaseError."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._pool) or self._failure is not None)
            if self._failure is not None:
                raise self._failure
            name = self._pool.popleft()
            self._changed.notify_all()
            return name

    def release(self, name: str) -> None:
        """Let a database be dropped, soon."""
        with self._changed:
            self._done.append(name)
            self._changed.notify_all()

    def drop(self, name: str) -> None:
        """Drop a database of ours and end the sessions in it. Raises DatabaseError, ValueError for another's."""
        if name not in self._made:
            raise ValueError(f"not a database that was made here: {name!r}")
        try:
            self.query(self._home, f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        except QueryFailed as problem:
            if problem.sqlstate not in _NO_FORCE:
                raise
            self.query(self._home, _END_SESSIONS.format(name))
            self.query(self._home, f"DROP DATABASE IF EXISTS {identifier(name)}")
        self._made.pop(name, None)

    def tables(self, database: str) -> tuple[str, ...]:
        """The tables, sorted, with their schema unless that is `public`; those of extensions left out."""
        return tuple(row[0] for row in self.query(database, TABLES) if row[0] is not None)

    def query(self, database: str, sql: str) -> tuple[Row, ...]:
        """The rows of the last statement, as text. Raises QueryFailed, ServerFailed, LoginFailed."""
        try:
            with self._endpoint.connect(database) as connection:
                return connection.query(sql)
        except OSError as problem:
            said = str(problem.strerror or problem) or type(problem).__name__
            raise ServerFailed(f"the server at {self.place} does not answer: {said}") from problem

    def admit(self, user: str) -> tuple[str, str]:
        """The URL's own role, and the project's role that it then acts as where we could make that."""
        with self._admitting:
            if user not in self._admitted:
                role = user if user != self._endpoint.user and self.ensure_role(user) and self._super else ""
                self._admitted[user] = (self._endpoint.user, role)
            return self._admitted[user]

    def ensure_role(self, name: str) -> bool:
        """Make a role of that name that nobody can log in as, where it may be made; whether it is ours."""
        if not (self._super or self._makes_roles):
            return False
        self._roles[name] = None  # before it is there: a stop in between drops it
        try:
            self.query(self._home, f"CREATE ROLE {identifier(name)} NOLOGIN{' SUPERUSER' if self._super else ''}")
        except QueryFailed:  # it exists, and is not ours to touch; or the name is reserved
            self._roles.pop(name)
            return False
        return True

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return self._endpoint

    @property
    def extensions(self) -> frozenset[str]:
        """The extensions that it has; whether our role may create them shows when it is tried."""
        return self._extensions

    @property
    def notes(self) -> tuple[str, ...]:
        """That connections ran as another role than the project names."""
        others = sorted(
            user for user, (logged_in, role) in self._admitted.items() if not role and user != logged_in
        )
        if not others:
            return ()
        return (
            f"What the project's own database role ({', '.join(others)}) may do: on {self.place} its connections "
            f"ran as {self._endpoint.user}, the role of `--database`",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # what the thread does

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping or self._done or len(self._pool) < self._size)
                    if self._stopping:
                        return
                    used = self._done.popleft() if len(self._pool) >= self._size else None
                if used is None:
                    name = self._create()
                    with self._changed:
                        self._pool.append(name)
                        self._changed.notify_all()
                else:
                    with contextlib.suppress(QueryFailed):  # still in use: the end drops it
                        self.drop(used)
        except DatabaseError as problem:
            with self._changed:
                self._failure = self._failure or problem
                self._changed.notify_all()

    def _create(self) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._made[name] = None  # before it is there: a stop in between drops it
        self.query(self._home, f"CREATE DATABASE {identifier(name)} TEMPLATE template0")
        return name

    def _told(self, problem: Exception) -> str:
        text = problem.message if isinstance(problem, QueryFailed) else str(problem)
        return mask(" ".join(text.split()), self.secrets)

    def _unusable(self, problem: Exception) -> Unusable:
        told = self._told(problem)
        if isinstance(problem, QueryFailed) and problem.sqlstate == "3D000":
            step = "name a database that is there (it is only connected to): postgresql://…/postgres"
        elif isinstance(problem, QueryFailed) and problem.sqlstate.startswith("28"):
            step = "look at the user and the password in the URL"
        elif isinstance(problem, QueryFailed):
            step = "try the URL with psql"
        else:
            step = "look at the host, the port and sslmode in the URL"
        return Unusable(f"`--database` cannot be used ({self.place}): {told}. Next: {step}")


def _this_user() -> str:
    """Whom libpq takes where a URL names no user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "postgres"
