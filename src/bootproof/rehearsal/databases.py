"""A database for each boot: the embedded server, the proxy before it, and what one boot sees of both."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bootproof.rehearsal.database.errors import DatabaseError
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.server import Server
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.needs import Needs

if TYPE_CHECKING:
    from bootproof.rehearsal.database.proxy import Proxy, Seen


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
        if not lacking:
            return self._server.notes
        return (
            f"What needs the PostgreSQL extensions {', '.join(lacking)}: the server of the rehearsal lacks them. The "
            "system's PostgreSQL is used where it has them (Debian: postgresql-contrib); or name a server: --database",
            *self._server.notes,
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

    def listen(self, address: str, listeners: Iterable[socket.socket]) -> None:
        """Serves sockets, made in whatever network namespace, for one boot."""
        for listener in listeners:
            self._proxy.listen(listener, address)

    def unlisten(self, listeners: Iterable[socket.socket]) -> None:
        """Closes a boot's sockets."""
        for listener in listeners:
            self._proxy.unlisten(listener)

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
        """The ports that the project's connection strings name."""
        return tuple(sorted(self._needs.ports))

    def close(self) -> None:
        """Ends both."""
        if self._starter.is_alive():
            self._starter.join()
        if self._made is not None:
            self._made.stop()
        if not self._lent:
            self._server.stop()

    def _route(self, address: str, _parameters: object) -> str | None:
        with self._lock:
            return self._databases.get(address)


class Cell:
    """One boot's database: its name, its address, its listening sockets."""

    def __init__(self, databases: Databases, number: int, address: str) -> None:
        self._databases = databases
        self._number = number
        self._address = address
        self._listeners: list[socket.socket] = []
        self._name = databases.assign(address)

    def lead(self, isolated: bool) -> str:
        """The address at which the database answers. Without a namespace a loopback address of the boot's own."""
        if isolated:
            return "127.0.0.1"
        # of this process too: two audits at a time must not answer for each other's boots
        process = os.getpid()
        lead = f"127.{64 + process // 250 % 190}.{process % 250}.{self._number % 250 + 1}"
        if not self._listeners:
            listeners = []
            for port in self._databases.ports():
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):  # taken by a server that listens on every address
                    listener.bind((lead, port))
                    listener.listen(128)
                    listeners.append(listener)
                    continue
                listener.close()
            self.serve(listeners)
        return lead

    def serve(self, listeners: list[socket.socket]) -> None:
        """Serves the sockets that the boot's keeper made."""
        self._listeners = listeners
        self._databases.listen(self._address, listeners)

    def tables(self) -> tuple[str, ...]:
        """The tables that the boot left behind."""
        return self._databases.tables(self._name)

    def seen(self) -> "tuple[Seen, ...]":
        """Who connected during the boot."""
        return self._databases.seen(self._address)

    def broken(self) -> str:
        """Why a client was turned away through no fault of the project, "" where none was."""
        return next((each.failure for each in self.seen() if each.broken), "")

    def close(self) -> None:
        """Closes the sockets, and gives the database back."""
        self._databases.unlisten(self._listeners)
        self._listeners = []
        self._databases.release(self._name)
