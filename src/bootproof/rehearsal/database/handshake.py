"""How a client is received: TLS, the startup packet, its password; up to where PostgreSQL itself takes over.

Source: PostgreSQL documentation, "Message Flow: Start-up" and "SASL Authentication". Limits are the server's
own.
"""

import asyncio
import re
import socket
import ssl
import struct
from dataclasses import dataclass, field
from typing import Literal

from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.channel import Channel, Gone
from bootproof.rehearsal.database.scram import Exchange, ScramError, Secret, WrongPassword
from bootproof.rehearsal.database.tls import CertificateKind, Certificates

SECONDS = 30.0  # for the whole handshake, as the server's authentication_timeout (which is 60)
_STARTUP_LIMIT = 10_000  # MAX_STARTUP_PACKET_LENGTH
_SASL_LIMIT = 1024  # PG_MAX_SASL_MESSAGE_LENGTH
_TLS_RECORD = b"\x16"


@dataclass(frozen=True)
class Behaviour:
    """How a listener treats TLS, for the experiments that ask whether a fix gave it up."""

    tls: Literal["accept", "refuse"] = "accept"
    certificate: CertificateKind = "right"


class Denied(Exception):
    """The client is turned away with this SQLSTATE and message, as PostgreSQL would."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


@dataclass
class Visit:
    """What a client has shown of itself so far."""

    parameters: dict[str, str] = field(default_factory=dict)
    tls: bool = False
    host: str = ""
    method: str = ""
    bound: bool = False
    cancel: bytes = b""  # the whole request, where it came to cancel

    @property
    def user(self) -> str:
        """The role it asks for."""
        return self.parameters.get("user", "")

    @property
    def database(self) -> str:
        """The database it asks for: by default the one named as the user."""
        return self.parameters.get("database") or self.user


async def receive(client: socket.socket, behaviour: Behaviour, certificates: Certificates) -> Channel:
    """The channel to a client that was just accepted, with TLS where the client begins with it."""
    loop = asyncio.get_running_loop()
    context = None
    try:
        await _readable(client)
        # PostgreSQL 17's sslnegotiation=direct: a TLS hello where a startup packet would begin.
        if client.recv(1, socket.MSG_PEEK) == _TLS_RECORD and _may_secure(client, behaviour):
            context = certificates.identity(behaviour.certificate).context
    except BaseException:
        client.close()
        raise
    # The socket is the transport's now: closed by others, its number would be used again under it.
    _, channel = await loop.connect_accepted_socket(
        Channel, client, ssl=context, ssl_handshake_timeout=SECONDS if context else None
    )
    if context is not None:
        connection = channel.transport.get_extra_info("ssl_object")
        if connection.selected_alpn_protocol() != "postgresql":
            channel.close()
            raise Gone("direct TLS without the ALPN protocol postgresql")
    return channel


async def greet(channel: Channel, visit: Visit, behaviour: Behaviour, certificates: Certificates) -> None:
    """Fill `visit` from what comes before authentication. Raises Denied, Gone, OSError."""
    note_tls(channel, visit, certificates)
    for _ in range(4):  # GSSAPI, TLS, startup; and one for a client that asks again
        length, code = struct.unpack("!II", await channel.exactly(8))
        if not 8 <= length <= _STARTUP_LIMIT:
            raise Gone("no startup packet of PostgreSQL")
        body = await channel.exactly(length - 8)
        if code == wire.CANCEL_REQUEST:
            visit.cancel = struct.pack("!II", length, code) + body
            return
        if code == wire.SSL_REQUEST:
            raw = channel.transport.get_extra_info("socket")
            if visit.tls or not _may_secure(raw, behaviour):
                channel.write(b"N")
                continue
            if channel.buffered:  # CVE-2021-23214: plain text must not pass for encrypted
                raise Denied("08P01", "received unencrypted data after SSL request")
            channel.write(b"S")
            await channel.secure(certificates.identity(behaviour.certificate).context, SECONDS)
            note_tls(channel, visit, certificates)
        elif code == wire.GSSENC_REQUEST:
            channel.write(b"N")
        else:
            _startup(channel, visit, code, body)
            return
    raise Gone("no startup packet of PostgreSQL")


def note_tls(channel: Channel, visit: Visit, certificates: Certificates) -> None:
    """Note whether there is TLS, and for which host it was asked."""
    connection = channel.transport.get_extra_info("ssl_object")
    if isinstance(connection, ssl.SSLObject):
        visit.tls, visit.host = True, certificates.asked(connection)


async def authenticate(
    channel: Channel, visit: Visit, behaviour: Behaviour, certificates: Certificates, known: Secret | None
) -> None:
    """Ask for the password by SCRAM; let the user in who has none. Raises Denied, Gone, WrongPassword."""
    if known is None:
        visit.method = "trust"
        return
    endpoint = certificates.identity(behaviour.certificate).endpoint if visit.tls else None
    exchange = Exchange(known, endpoint)
    offered = b"".join(name.encode() + b"\0" for name in exchange.mechanisms) + b"\0"
    channel.write(wire.message(b"R", struct.pack("!I", 10) + offered))
    try:
        initial = await _response(channel)
        name, separator, rest = initial.partition(b"\0")
        if not separator or len(rest) < 4:
            raise Denied("08P01", "malformed SASL response")
        first = exchange.first(name.decode("ascii", "replace"), rest[4:])
        channel.write(wire.message(b"R", struct.pack("!I", 11) + first))
        final = exchange.final(await _response(channel))
    except WrongPassword:
        raise
    except ScramError as problem:
        raise Denied("08P01", str(problem)) from problem
    channel.write(wire.message(b"R", struct.pack("!I", 12) + final))
    visit.bound = exchange.bound
    visit.method = "scram-sha-256-plus" if exchange.bound else "scram-sha-256"


def backend_startup(visit: Visit, database: str, user: str, role: str = "") -> bytes:
    """The startup packet for PostgreSQL: the client's but for the database, so that a wrong one still fails.

    `user` logs in, and acts as `role` where one is named. Hosting providers read out of `options` which endpoint is
    meant (Neon: `endpoint=`, Supabase: `reference=`), and take it away before PostgreSQL sees it; so do we.
    """
    parameters = {name: value for name, value in visit.parameters.items() if not name.startswith("_pq_.")}
    parameters |= {"user": user, "database": database}
    if "options" in parameters:
        words = parameters["options"].split()
        kept = [word for word in words if not word.startswith(("endpoint=", "project=", "reference="))]
        if len(kept) < len(words):
            parameters["options"] = " ".join(kept)
    if role:
        # First, so that a role in the client's own options wins, as it would without us.
        chosen = "-c role=" + re.sub(r"([\\\s])", r"\\\1", role)
        parameters["options"] = f"{chosen} {parameters.get('options', '')}".strip()
    return wire.startup(parameters)


def _startup(channel: Channel, visit: Visit, version: int, body: bytes) -> None:
    if version >> 16 != 3:
        raise Denied(
            "0A000", f"unsupported frontend protocol {version >> 16}.{version & 0xFFFF}: server supports 3.0"
        )
    try:
        visit.parameters = wire.startup_parameters(body)
    except ValueError as problem:
        raise Denied("08P01", f"invalid startup packet layout: {problem}") from problem
    extensions = [name for name in visit.parameters if name.startswith("_pq_.")]
    if version != wire.PROTOCOL_3 or extensions:
        names = b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in extensions)
        channel.write(wire.message(b"v", struct.pack("!II", wire.PROTOCOL_3, len(extensions)) + names))
    if not visit.user:
        raise Denied("28000", "no PostgreSQL user name specified in startup packet")


async def _response(channel: Channel) -> bytes:
    kind, length = struct.unpack("!cI", await channel.exactly(5))
    if kind != b"p" or not 4 <= length <= _SASL_LIMIT:
        raise Denied("08P01", "expected SASL response")
    return await channel.exactly(length - 4)


def _may_secure(client: socket.socket, behaviour: Behaviour) -> bool:
    # PostgreSQL has no TLS over Unix sockets.
    return behaviour.tls == "accept" and client.family != socket.AF_UNIX


async def _readable(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(client, note)
    try:
        await ready
    finally:
        loop.remove_reader(client)
