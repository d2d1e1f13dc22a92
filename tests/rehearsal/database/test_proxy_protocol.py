"""The proxy against clients that speak the protocol byte by byte: rare, old, new and hostile ones."""

import socket
import ssl
import struct
import time

import pytest

from bootproof.rehearsal.database import wire

from .conftest import HOST, PASSWORD, Place


def _packet(code: int, body: bytes = b"") -> bytes:
    return struct.pack("!II", len(body) + 8, code) + body


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            raise ConnectionResetError(data)
        data += piece
    return data


def _message(client: socket.socket) -> tuple[bytes, bytes]:
    kind, length = struct.unpack("!cI", _exactly(client, 5))
    return kind, _exactly(client, length - 4)


@pytest.fixture
def client(place: Place) -> socket.socket:
    return socket.create_connection((place.address, place.port), timeout=10)


def _context(place: Place, alpn: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(place.proxy.ca_file))
    if alpn:
        context.set_alpn_protocols(["postgresql"])
    return context


def test_encryption_is_asked_for_twice_and_refused_once(client: socket.socket, place: Place) -> None:
    with client:
        client.sendall(_packet(wire.GSSENC_REQUEST))
        assert client.recv(1) == b"N"
        client.sendall(_packet(wire.SSL_REQUEST))
        assert client.recv(1) == b"S"
        with _context(place, alpn=False).wrap_socket(client, server_hostname=HOST) as secure:
            secure.sendall(wire.startup({"user": "bare", "database": "shop"}))
            assert _message(secure) == (b"R", b"\0\0\0\0")


def test_direct_tls(client: socket.socket, place: Place) -> None:
    with _context(place, alpn=True).wrap_socket(client, server_hostname=HOST) as secure:
        secure.sendall(wire.startup({"user": "bare", "database": "shop"}))
        assert _message(secure) == (b"R", b"\0\0\0\0")
    assert [(seen.tls, seen.host) for seen in place.seen] == [(True, HOST)]


def test_direct_tls_without_the_protocol_name_is_refused(client: socket.socket, place: Place) -> None:
    with _context(place, alpn=False).wrap_socket(client, server_hostname=HOST) as secure:
        secure.sendall(wire.startup({"user": "bare", "database": "shop"}))
        assert secure.recv(1) == b""


def test_plain_text_behind_the_request_for_tls_is_refused(client: socket.socket) -> None:
    with client:
        client.sendall(_packet(wire.SSL_REQUEST) + wire.startup({"user": "bare"}))
        kind, body = _message(client)
        assert kind == b"E" and wire.error_fields(body)["M"] == "received unencrypted data after SSL request"
        assert client.recv(1) == b""


@pytest.mark.parametrize("extra", [{}, {"_pq_.fancy": "1"}])
def test_newer_minor_protocol_is_brought_down(client: socket.socket, extra: dict[str, str]) -> None:
    packet = wire.startup({"user": "bare", "database": "shop"} | extra)
    newer = packet[:4] + struct.pack("!I", wire.PROTOCOL_3 + 2) + packet[8:]
    with client:
        client.sendall(newer)
        kind, body = _message(client)
        assert (kind, struct.unpack_from("!II", body)) == (b"v", (wire.PROTOCOL_3, len(extra)))
        assert body[8:] == b"".join(name.encode() + b"\0" for name in extra)
        assert _message(client) == (b"R", b"\0\0\0\0")


def test_protocol_2_is_refused(client: socket.socket) -> None:
    with client:
        client.sendall(_packet(2 << 16, b"x" * 288))
        kind, body = _message(client)
        assert kind == b"E" and wire.error_fields(body)["C"] == "0A000"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        struct.pack("!II", 0x7FFFFFFF, wire.PROTOCOL_3),
        struct.pack("!II", 4, wire.PROTOCOL_3),
        _packet(wire.GSSENC_REQUEST) * 8,
        b"\x16\x03\x01\x00\x05hello",
    ],
)
def test_nonsense_is_hung_up_on(client: socket.socket, place: Place, nonsense: bytes) -> None:
    with client:
        client.sendall(nonsense)
        received = b""
        try:
            while piece := client.recv(4096):
                received += piece
        except ConnectionResetError:
            pass
        assert received.strip(b"N") == b"" or received[:1] == b"\x15"  # a TLS alert
    deadline = time.monotonic() + 10  # the proxy hangs up first and notes it then
    while not place.seen and time.monotonic() < deadline:
        time.sleep(0.01)
    assert place.seen[-1].failure


@pytest.mark.parametrize("body", [b"user\0bare", b"user\0bare\0", b"user\0\0", b"\0", b"database\0x\0\0"])
def test_malformed_startup_packet_is_answered(client: socket.socket, body: bytes) -> None:
    with client:
        client.sendall(_packet(wire.PROTOCOL_3, body))
        kind, _ = _message(client)
        assert kind == b"E"


def test_lying_about_channel_binding_is_refused(client: socket.socket, place: Place) -> None:
    with client:
        client.sendall(_packet(wire.SSL_REQUEST))
        assert client.recv(1) == b"S"
        with _context(place, alpn=False).wrap_socket(client, server_hostname=HOST) as secure:
            secure.sendall(wire.startup({"user": "shop_owner"}))
            kind, body = _message(secure)
            assert body == struct.pack("!I", 10) + b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
            # "y": I could bind, but believe that you cannot; which is what a meddler in between would cause.
            first = b"y,,n=,r=abcdefgh"
            secure.sendall(wire.message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first))
            kind, body = _message(secure)
            assert kind == b"E" and "negotiation error" in wire.error_fields(body)["M"]


def test_endless_password_is_refused(client: socket.socket) -> None:
    with client:
        client.sendall(wire.startup({"user": "shop_owner"}))
        assert _message(client)[0] == b"R"
        client.sendall(b"p" + struct.pack("!I", 1 << 30))
        assert _message(client)[0] == b"E"


def test_secrets_do_not_show(place: Place) -> None:
    assert PASSWORD not in repr(place.seen) + repr(place.proxy)


def test_route_that_fails_is_told_and_is_our_own_fault(
    client: socket.socket, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise LookupError("no such trial")

    monkeypatch.setattr(place.proxy, "_route", fail)
    with client:
        client.sendall(wire.startup({"user": "bare"}))
        assert _message(client)[0] == b"E"
        assert client.recv(1) == b""
    assert [seen.broken for seen in place.seen] == [True]
