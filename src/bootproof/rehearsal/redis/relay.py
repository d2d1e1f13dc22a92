"""The Redis that a project takes for its own: TLS where the client begins with it, any user and password; behind it, ours.

The project's URL is used as it stands. Of what the client says only the log-in is read: a password that our server
cannot know is taken for right. What is *not* tried: whether production's host, user and password are right.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from bootproof.rehearsal.database.channel import Channel, Gone
from bootproof.rehearsal.database.tls import Certificates
from bootproof.rehearsal.loopthread import LoopThread
from bootproof.rehearsal.redis.store import Store, StoreFailed

SECONDS = 30.0  # for a handshake
_TLS_RECORD = b"\x16"
_LINE = 1 << 16  # bytes of one line of the protocol, as the server's own limit
_WORD = 1 << 16  # bytes of one word that is read; a log-in has no longer ones
_WORDS = 32
# What a client sends ahead of its work; the log-in may come after any of them.
_FIRST = frozenset({b"HELLO", b"AUTH", b"CLIENT", b"SELECT", b"PING", b"READONLY"})


class Relay:
    """A relay in a thread of its own. All methods may be called from any thread."""

    def __init__(self, hosts: Iterable[str], folder: Path) -> None:
        """Starts nothing. `hosts`: what its certificate is for; `folder` takes the authority's, `ca.pem`."""
        self._hosts = tuple(hosts)
        self._folder = folder
        self._certificates: Certificates | None = None
        self._making = threading.Lock()
        self._thread = LoopThread("redis-relay")
        self._loop = self._thread.loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._channels: set[Channel] = set()
        self._listeners: dict[socket.socket, asyncio.Task[None]] = {}
        self._failures: dict[Store, str] = {}
        self._distrusted: set[Store] = set()

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that vouches for the relay's own."""
        return self._identified().ca_file

    def start(self) -> Self:
        """Start the thread; gives itself back."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every listener and connection, and end the thread; idempotent."""
        self._thread.stop(self._close)

    def listen(self, listener: socket.socket, store: Store) -> None:
        """Serve a socket that is bound and listens, in any network namespace; it is the relay's from now on."""
        listener.setblocking(False)
        if not self._thread.call(self._add(listener, store)):
            listener.close()

    def unlisten(self, listener: socket.socket) -> None:
        """Close a listener."""
        self._thread.call(self._remove(listener))  # one that ended closed them all

    def failure(self, store: Store) -> str:
        """Why a client was turned away through no fault of the project, "" where none was."""
        return self._failures.get(store, "")

    def distrusted(self, store: Store) -> bool:
        """Whether a client refused the certificate: it trusts an authority of its own choice."""
        return store in self._distrusted

    # in the thread

    def _identified(self) -> Certificates:
        with self._making:
            if self._certificates is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._certificates = Certificates((*self._hosts, "localhost", "127.0.0.1"), self._folder)
            return self._certificates

    async def _add(self, listener: socket.socket, store: Store) -> None:
        self._listeners[listener] = asyncio.create_task(self._accept(listener, store))

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
        for channel in tuple(self._channels):
            channel.transport.abort()

    async def _accept(self, listener: socket.socket, store: Store) -> None:
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener)
            except ConnectionAbortedError:
                continue
            except OSError:  # too many open files: they may be fewer in a moment
                await asyncio.sleep(0.05)
                continue
            client.setblocking(False)
            task = asyncio.create_task(self._serve(client, store))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: socket.socket, store: Store) -> None:
        channels: list[Channel] = []
        try:
            channels.append(await self._received(client))
            async with asyncio.timeout(SECONDS):
                path = await asyncio.to_thread(store.open)
                _, backend = await self._loop.create_unix_connection(Channel, str(path))
            channels.append(backend)
            for each in channels:
                self._channels.add(each)
                each.closed.add_done_callback(lambda _, each=each: self._channels.discard(each))  # type: ignore[misc]  # bound as default
            backend.feed(channels[0])
            with contextlib.suppress(Gone):  # it has said all and may still listen
                await self._logged_in(channels[0], backend, store)
            channels[0].tie(backend)
            return
        except ssl.SSLError as problem:
            if "ALERT" in str(problem.reason):  # the client's own word: it does not take the certificate
                self._distrusted.add(store)
        except (StoreFailed, TimeoutError) as problem:
            self._failures.setdefault(store, str(problem) or f"it was not there within {SECONDS:.0f} s")
        except OSError as problem:
            if channels and len(channels) < 2:
                self._failures.setdefault(store, f"it is not there: {problem}")
            # else the client went away
        for each in channels:
            each.close()

    async def _received(self, client: socket.socket) -> Channel:
        try:
            first = await self._peeked(client)
            context = None
            if first == _TLS_RECORD:
                context = (await asyncio.to_thread(self._identified)).identity("right").context
        except BaseException:
            client.close()
            raise
        _, channel = await self._loop.connect_accepted_socket(
            Channel, client, ssl=context, ssl_handshake_timeout=SECONDS if context else None
        )
        return channel

    async def _peeked(self, client: socket.socket) -> bytes:
        """The first byte that comes, left where it is."""
        ready = asyncio.Event()
        self._loop.add_reader(client, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_reader(client)
        first = client.recv(1, socket.MSG_PEEK)
        if not first:
            raise Gone("the client said nothing")
        return first

    async def _logged_in(self, client: Channel, backend: Channel, store: Store) -> None:
        """Passes on what a client sends up to its first real command, with the log-in worded so that it is let in."""
        while True:
            raw, words = await _command(client)
            name = words[0].upper() if words else b""
            if name == b"AUTH" and len(words) == 2:
                # without a user's name Valkey takes a password only where one is set
                words = [words[0], b"default", words[1]]
                raw = _worded(words)
            user = words[1] if name == b"AUTH" and len(words) == 3 else _user_of_hello(words)
            if user:
                await asyncio.to_thread(store.admit, user)
            backend.write(raw)
            if name not in _FIRST:
                return


def _user_of_hello(words: list[bytes]) -> bytes:
    """The user that `HELLO 3 AUTH user password` names, b"" for none."""
    if words and words[0].upper() == b"HELLO":
        for index, word in enumerate(words[2:-2], 2):
            if word.upper() == b"AUTH":
                return words[index + 1]
    return b""


async def _command(client: Channel) -> tuple[bytes, list[bytes]]:
    """The next command as it came, and its words; none where it is no array of short words."""
    raw = await client.line(_LINE)
    words: list[bytes] = []
    if not raw.startswith(b"*") or not raw[1:].strip().isdigit() or int(raw[1:]) > _WORDS:
        return raw, []
    for _ in range(int(raw[1:])):
        head = await client.line(_LINE)
        raw += head
        size = head[1:].strip()
        if not head.startswith(b"$") or not size.isdigit() or int(size) > _WORD:
            return raw, []
        word = await client.exactly(int(size) + 2)
        raw += word
        words.append(word[:-2])
    return raw, words


def _worded(words: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
