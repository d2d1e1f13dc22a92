"""The server that a project takes for its own: TLS, SCRAM, its role and database; behind it, our PostgreSQL.

The project's connection string is used as it stands. Of what the client sends, only the database's name (and,
for hosted providers, the endpoint in `options`) is replaced on the way; so `current_database()` is the
trial's own name. What is *not* tried: whether production's host, password and database name are right, and
what its role may not do.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.backend import log_in, open_channel
from bootproof.rehearsal.database.channel import Channel, Gone
from bootproof.rehearsal.database.endpoint import Endpoint
from bootproof.rehearsal.database.errors import DatabaseError
from bootproof.rehearsal.database.handshake import (
    SECONDS,
    Behaviour,
    Denied,
    Visit,
    authenticate,
    backend_startup,
    greet,
    note_tls,
    receive,
)
from bootproof.rehearsal.database.scram import Secret, WrongPassword, secret
from bootproof.rehearsal.database.server import Server
from bootproof.rehearsal.database.tls import Certificates
from bootproof.rehearsal.loopthread import LoopThread

# Given the listener's address and the parameters of the startup packet: the trial's database, None for none.
Route = Callable[[str, Mapping[str, str]], str | None]

_LET_IN = wire.message(b"R", b"\0\0\0\0")  # AuthenticationOk: the server said it to us
_KEPT = 10_000  # records per address; a project that connects more often is counted no further


@dataclass(frozen=True)
class Seen:
    """One client, as it came. `database` and `user` are what it asked for.

    `host`: the name in its TLS hello; `method`: scram-sha-256-plus, scram-sha-256, trust, cancel or "";
    `failure`: why it was turned away or went; `broken`: that this was our own fault, and is no evidence.
    """

    address: str
    user: str
    database: str
    host: str
    tls: bool
    method: str
    at: float  # seconds since the epoch
    failure: str = ""
    broken: bool = False


class Proxy:
    """A proxy in a thread of its own. All methods may be called from any thread."""

    def __init__(
        self,
        server: Server,
        route: Route,
        *,
        folder: Path,
        hosts: Iterable[str] = (),
        passwords: Mapping[str, str | Iterable[str]] | None = None,
    ) -> None:
        """Starts nothing.

        `route` runs in the proxy's thread and must be quick. `hosts` are the names that the right certificate
        is for. `passwords`: for each user the password, or all that the project's files name for it. A user
        without one is let in unasked (without knowing the password a server cannot speak SCRAM), which only
        `channel_binding=require` and `require_auth` refuse.
        """
        self._server = server
        self._route = route
        self._certificates = Certificates(hosts, folder)
        self._passwords: dict[str, tuple[str, ...]] = {}
        self._secrets: dict[str, Secret | None] = {}
        self._behaviours: dict[str, Behaviour] = {}
        self._seen: dict[str, list[Seen]] = {}
        self._lock = threading.Lock()
        self._thread = LoopThread("postgres-proxy")
        self._loop = self._thread.loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._channels: set[Channel] = set()
        self._listeners: dict[socket.socket, asyncio.Task[None]] = {}
        self._admitted: dict[str, tuple[str, str]] = {}
        self._endpoint: Endpoint | None = None
        for user, known in (passwords or {}).items():
            self.know(user, known)

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that vouches for the right certificate, for `sslrootcert`."""
        return self._certificates.ca_file

    def start(self) -> Self:
        """Start the thread; gives itself back."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every listener and connection, and end the thread; idempotent."""
        self._thread.stop(self._close)

    def listen(self, listener: socket.socket, address: str | None = None) -> None:
        """Serve a socket that is bound and listens, in any network namespace; it is the proxy's from now on.

        `address` is the name that `route`, `behave` and `seen` know it by: by default the local address of
        each client's connection, without the port. Two namespaces may use the same address: then name them.
        """
        listener.setblocking(False)
        if not self._thread.call(self._add(listener, address)):
            listener.close()

    def unlisten(self, listener: socket.socket) -> None:
        """Close a listener; connections that it brought live on."""
        self._thread.call(self._remove(listener))  # one that ended closed them all

    def know(self, user: str, passwords: str | Iterable[str]) -> None:
        """Add passwords that may be this user's; an empty one means that it has none."""
        added = (passwords,) if isinstance(passwords, str) else tuple(passwords)
        with self._lock:
            self._passwords[user] = tuple(
                dict.fromkeys((*self._passwords.get(user, ()), *filter(None, added)))
            )
            self._secrets.pop(user, None)

    def behave(self, address: str, behaviour: Behaviour) -> None:
        """Treat TLS this way at that address, for clients that come from now on."""
        with self._lock:
            self._behaviours[address] = behaviour

    def seen(self, address: str) -> tuple[Seen, ...]:
        """Who came to that address, in the order in which they were let in or turned away."""
        with self._lock:
            return tuple(self._seen.get(address, ()))

    def forget(self, address: str) -> None:
        """Drop what was seen and set for an address that is used again."""
        with self._lock:
            self._seen.pop(address, None)
            self._behaviours.pop(address, None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # in the thread

    async def _add(self, listener: socket.socket, address: str | None) -> None:
        self._listeners[listener] = asyncio.create_task(self._accept(listener, address))

    async def _remove(self, listener: socket.socket) -> None:
        task = self._listeners.pop(listener, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        listener.close()

    async def _close(self) -> None:
        for listener in tuple(self._listeners):
            await self._remove(listener)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        closing = [channel.closed for channel in self._channels]
        for channel in self._channels:
            channel.transport.abort()
        if closing:
            await asyncio.wait(closing, timeout=2.0)

    async def _accept(self, listener: socket.socket, address: str | None) -> None:
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener)
            except ConnectionAbortedError:
                continue
            except OSError:
                # Too many open files: they may be fewer in a moment. A closed listener cancels this task.
                await asyncio.sleep(0.05)
                continue
            try:
                client.setblocking(False)
                if client.family != socket.AF_UNIX:
                    # asyncio does it only for sockets made with a protocol number; without, 45 ms are lost.
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                name = client.getsockname()
            except OSError:
                client.close()  # it is gone again
                continue
            local = address or (str(name[0]) if isinstance(name, tuple) else str(name))
            task = asyncio.create_task(self._serve(client, local))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: socket.socket, address: str) -> None:
        with self._lock:
            behaviour = self._behaviours.get(address, Behaviour())
        visit = Visit()
        channel: Channel | None = None
        broken = False
        try:
            async with asyncio.timeout(SECONDS):
                channel = await receive(client, behaviour, self._certificates)
                self._track(channel)
                await self._admit(channel, visit, behaviour, address)
            return
        except TimeoutError:
            failure = f"the client did not finish its handshake within {SECONDS:.0f} s"
        except Denied as denial:
            failure = str(denial)
            if channel is not None:
                channel.write(wire.error(denial.sqlstate, failure))
        except OSError as problem:
            # A certificate that the client refuses shows here, as the alert it sent.
            failure = str(problem) or "the client went away during its handshake"
        except Exception as problem:  # a border: the route is foreign code, and no client may wait for ever
            failure, broken = f"{type(problem).__name__}: {problem}", True
            if channel is not None:
                channel.write(wire.error("58000", f"the proxy of the rehearsal failed: {failure}"))
        if channel is not None:
            note_tls(channel, visit, self._certificates)
            channel.close()
        self._record(address, visit, failure, broken)

    async def _admit(self, channel: Channel, visit: Visit, behaviour: Behaviour, address: str) -> None:
        await greet(channel, visit, behaviour, self._certificates)
        if visit.cancel:
            await self._cancel(channel, visit, address)
            return
        try:
            known = self._known(visit.user)
            await authenticate(channel, visit, behaviour, self._certificates, known)
        except WrongPassword as problem:
            # Not a fault of the project, but a password that we did not find: let the user in from now on.
            with self._lock:
                self._secrets[visit.user] = None
            channel.write(wire.error("28P01", f'password authentication failed for user "{visit.user}"'))
            channel.close()
            self._record(address, visit, str(problem), broken=True)
            return
        database = self._route(address, visit.parameters)
        if database is None or visit.database != visit.database.strip():  # of names, all are right that can be
            raise Denied("3D000", f'database "{visit.database}" does not exist')
        try:
            user, role = await self._admission(visit.user)
            endpoint, backend = await self._connect()
            backend.write(backend_startup(visit, database, user, role))
            if endpoint.user:
                await log_in(endpoint, backend)
                channel.write(_LET_IN)
        except (DatabaseError, OSError) as problem:
            channel.write(wire.error("57P03", f"the database of the rehearsal is not there: {problem}"))
            channel.close()
            self._record(address, visit, str(problem), broken=True)
            return
        self._record(address, visit)
        channel.tie(backend)

    async def _admission(self, user: str) -> tuple[str, str]:
        if user not in self._admitted:
            self._admitted[user] = await asyncio.to_thread(self._server.admit, user)
        return self._admitted[user]

    async def _connect(self) -> tuple[Endpoint, Channel]:
        if self._endpoint is None:
            self._endpoint = await asyncio.to_thread(lambda: self._server.endpoint)
        backend = await open_channel(self._endpoint)
        self._track(backend)
        return self._endpoint, backend

    async def _cancel(self, channel: Channel, visit: Visit, address: str) -> None:
        """Hand the request on; the keys in it are PostgreSQL's own, since the client got them from there."""
        visit.method = "cancel"
        _, backend = await self._connect()
        backend.write(visit.cancel)
        with contextlib.suppress(Gone):
            await backend.exactly(1)  # it says nothing, and closes when it is done
        backend.close()
        channel.close()
        self._record(address, visit)

    def _known(self, user: str) -> Secret | None:
        with self._lock:
            if user not in self._secrets:
                known = self._passwords.get(user)
                self._secrets[user] = secret(known) if known else None
            return self._secrets[user]

    def _track(self, channel: Channel) -> None:
        self._channels.add(channel)
        channel.closed.add_done_callback(lambda _: self._channels.discard(channel))

    def _record(self, address: str, visit: Visit, failure: str = "", broken: bool = False) -> None:
        entry = Seen(
            address,
            visit.user,
            visit.database,
            visit.host,
            visit.tls,
            visit.method,
            time.time(),
            failure,
            broken,
        )
        with self._lock:
            entries = self._seen.setdefault(address, [])
            if len(entries) < _KEPT:
                entries.append(entry)
