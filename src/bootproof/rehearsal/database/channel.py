"""One side of a proxied connection: read by the handshake first, then tied to the other side.

Once tied, bytes go across as they come, with the receiver's pace kept, in the loop's own callbacks: no task
and no thread for a connection, and nothing is parsed.
"""

import asyncio
import ssl
from typing import cast

_HIGH_WATER = 1 << 20  # bytes that may wait for a slow reader


class Gone(ConnectionError):
    """The other end went away during the handshake; the message says how, where that is known."""


class Channel(asyncio.Protocol):
    """The protocol of a plain or TLS transport; belongs to one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._ended = False
        self._lost: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._peer: Channel | None = None
        self._transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, TLS where there is TLS."""
        assert self._transport is not None
        return self._transport

    @property
    def buffered(self) -> int:
        """How many bytes have come that nobody has read."""
        return len(self._buffer)

    async def exactly(self, count: int) -> bytes:
        """The next `count` bytes. Raises Gone."""
        while len(self._buffer) < count:
            await self._more()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    async def _more(self) -> None:
        if self._ended:
            raise Gone(str(self._lost) if self._lost else "")
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def line(self, longest: int) -> bytes:
        """The bytes up to the next line feed, with it; `longest` bytes where none is among them. Raises Gone."""
        while (end := self._buffer.find(b"\n")) < 0 and len(self._buffer) < longest:
            await self._more()
        return await self.exactly(end + 1 if 0 <= end < longest else longest)

    def write(self, data: bytes) -> None:
        """Send, in time."""
        self.transport.write(data)

    def close(self) -> None:
        """Send what waits, then close."""
        if self._transport is not None:
            self._transport.close()

    async def secure(self, context: ssl.SSLContext, seconds: float, host: str | None = None) -> None:
        """Speak TLS from now on: as the server, or as a client of `host`. Raises OSError (ssl.SSLError is one)."""
        try:
            upgraded = await self._loop.start_tls(
                self.transport,
                self,
                context,
                server_side=host is None,
                server_hostname=host,
                ssl_handshake_timeout=seconds,
            )
        except BaseException:
            self.connection_lost(None)  # the loop does not say it of a handshake that failed
            raise
        if upgraded is None:
            raise Gone("")
        self._adopt(upgraded)

    def tie(self, peer: "Channel") -> None:
        """Pass on all that comes to `peer`, and all that comes there to here."""
        self.feed(peer)
        peer.feed(self)
        for side in (self, peer):
            if side._lost is not None or (side._ended and side.transport.is_closing()):
                side.connection_lost(side._lost)
            elif side._ended:
                side.eof_received()

    def feed(self, peer: "Channel") -> None:
        """Pass on all that comes from here to `peer`, whose own words are still for a reader."""
        self._peer = peer
        if self._buffer:
            peer.write(bytes(self._buffer))
            self._buffer.clear()

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._adopt(transport)

    def _adopt(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self._peer is not None:
            if not self._peer.transport.is_closing():
                self._peer.transport.write(data)
        else:
            self._buffer += data
            self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        # A client that has said all may still listen; over TLS there is no such half.
        if self._peer is None:
            return self.transport.can_write_eof()
        if self._peer.transport.can_write_eof() and self.transport.can_write_eof():
            self._peer.transport.write_eof()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._lost = True, exc or self._lost
        self._wake()
        if not self.closed.done():
            self.closed.set_result(None)
        if self._peer is not None:
            self._peer.close()

    def pause_writing(self) -> None:
        if self._peer is not None and not self._peer.transport.is_closing():
            self._peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._peer is not None and not self._peer.transport.is_closing():
            self._peer.transport.resume_reading()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
