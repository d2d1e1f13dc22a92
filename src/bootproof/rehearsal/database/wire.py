"""The little of PostgreSQL's frontend/backend protocol that we speak ourselves.

Source: PostgreSQL documentation, "Frontend/Backend Protocol" (chapter 53 in release 16).
"""

import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bootproof.rehearsal.database.errors import QueryFailed, ServerFailed

PROTOCOL_3 = 3 << 16
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104

Row = tuple[str | None, ...]

_LONGEST = 1 << 26  # bytes of one answer: more is no answer to a statement of ours, or no PostgreSQL


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message: its type, its length, its body."""
    return kind + struct.pack("!I", len(body) + 4) + body


def startup(parameters: dict[str, str]) -> bytes:
    """The startup packet of protocol 3.0 with these parameters, in their order."""
    body = struct.pack("!I", PROTOCOL_3)
    for name, value in parameters.items():
        body += _cstring(name) + _cstring(value)
    body += b"\0"
    return struct.pack("!I", len(body) + 4) + body


def startup_parameters(body: bytes) -> dict[str, str]:
    """The parameters of a startup packet, given what follows its version. Raises ValueError.

    Bytes that are not UTF-8 survive the way there and back.
    """
    if not body.endswith(b"\0"):
        raise ValueError("a startup packet must end with a zero byte")
    fields = body[:-1].split(b"\0")
    if fields.pop() != b"" or len(fields) % 2:
        raise ValueError("a startup packet must hold pairs of zero-terminated strings")
    texts = [field.decode("utf-8", "surrogateescape") for field in fields]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def error(sqlstate: str, text: str, severity: str = "FATAL") -> bytes:
    """An ErrorResponse."""
    fields = (("S", severity), ("V", severity), ("C", sqlstate), ("M", text))
    return message(b"E", b"".join(kind.encode() + _cstring(value) for kind, value in fields) + b"\0")


def error_fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse by their letter: C is the SQLSTATE, M the message."""
    fields = (field.decode("utf-8", "replace") for field in body.split(b"\0") if field)
    return {field[0]: field[1:] for field in fields}


def identifier(name: str) -> str:
    """The name quoted, so that SQL takes it as it stands."""
    return '"' + name.replace('"', '""') + '"'


def _cstring(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\0"


class Connection:
    """A session for our own statements, in text, over a socket that is connected to a server; it is closed with it.

    `answer`: given the body of an Authentication message, what to send; without it no password is ever sent.
    Raises QueryFailed where the server turns us away, ServerFailed where it does not speak PostgreSQL's protocol.
    """

    def __init__(
        self, opened: socket.socket, user: str, database: str, answer: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._socket = opened
        self._buffer = bytearray()
        self._answer = answer
        try:
            self._socket.sendall(startup({"user": user, "database": database, "client_encoding": "UTF8"}))
            self._until_ready()
        except BaseException:
            self._socket.close()
            raise

    def query(self, sql: str) -> tuple[Row, ...]:
        """The rows of the last statement in `sql`. Raises QueryFailed, OSError where the server is gone."""
        self._socket.sendall(message(b"Q", _cstring(sql)))
        return self._until_ready()

    def close(self) -> None:
        """End the session."""
        try:
            self._socket.sendall(message(b"X"))
        except OSError:
            pass  # the server went first
        finally:
            self._socket.close()

    def _until_ready(self) -> tuple[Row, ...]:
        rows: list[Row] = []
        failure: QueryFailed | None = None
        while True:
            kind, body = self._receive()
            if kind == b"T":
                rows = []
            elif kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                fields = error_fields(body)
                failure = QueryFailed(fields.get("C", "XX000"), fields.get("M", "unknown error"))
                if fields.get("V", fields.get("S")) in ("FATAL", "PANIC"):
                    raise failure
            elif kind == b"R" and self._answer is not None:
                self._socket.sendall(self._answer(body))
            elif kind == b"R" and body[:4] != b"\0\0\0\0":
                raise ServerFailed("the server asks for a password on its own socket")
            elif kind == b"Z":
                if failure is not None:
                    raise failure
                return tuple(rows)

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._exactly(5)
        (length,) = struct.unpack("!I", head[1:])
        if not head[:1].isalnum() or not 4 <= length <= _LONGEST:
            raise ServerFailed("the server does not speak PostgreSQL's protocol")
        return head[:1], self._exactly(length - 4)

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionResetError("the server closed the connection")
            self._buffer += chunk
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _row(body: bytes) -> Row:
    (count,) = struct.unpack_from("!H", body)
    at = 2
    values: list[str | None] = []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[at : at + length].decode("utf-8", "replace"))
            at += length
    return tuple(values)
