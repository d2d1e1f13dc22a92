"""The proxy's own connection to the server, up to the server's consent."""

import asyncio
import socket
import struct

from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.channel import Channel
from bootproof.rehearsal.database.endpoint import SECONDS, SSL_REQUEST, Endpoint
from bootproof.rehearsal.database.errors import QueryFailed, ServerFailed

_LONGEST = 1 << 16  # bytes of one message before the consent


async def open_channel(endpoint: Endpoint) -> Channel:
    """A channel to the server, with TLS where it is to be. Raises OSError, ServerFailed, LoginFailed."""
    loop = asyncio.get_running_loop()
    if endpoint.path:
        _, channel = await loop.create_unix_connection(Channel, endpoint.path)
        return channel
    _, channel = await loop.create_connection(Channel, endpoint.host, endpoint.port)
    try:
        channel.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if endpoint.encrypts:
            channel.write(SSL_REQUEST)
            if endpoint.agreed(await channel.exactly(1)):
                await channel.secure(endpoint.context(), SECONDS, endpoint.host)
    except BaseException:
        channel.close()
        raise
    return channel


async def log_in(endpoint: Endpoint, channel: Channel) -> None:
    """Answer what the server asks, up to its consent. Raises QueryFailed, ServerFailed, LoginFailed, OSError."""
    login = endpoint.login(channel.transport.get_extra_info("ssl_object"))
    while not login.done:
        kind, length = struct.unpack("!cI", await channel.exactly(5))
        if not kind.isalpha() or not 4 <= length <= _LONGEST:
            raise ServerFailed("the server does not speak PostgreSQL's protocol")
        body = await channel.exactly(length - 4)
        if kind == b"R":
            channel.write(login.answer(body))
        elif kind == b"E":
            fields = wire.error_fields(body)
            raise QueryFailed(fields.get("C", "XX000"), fields.get("M", "unknown error"))
        # anything else (a notice, another version of the protocol) is not for the client either
