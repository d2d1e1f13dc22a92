"""The client's side of authentication, for a server that the user names: what it asks is answered here.

Source: PostgreSQL documentation, "Message Flow: Start-up" and "SASL Authentication"; RFC 5802, RFC 7677, and RFC
5929 (tls-server-end-point). Of SASLprep (RFC 4013) the mapping is done; what it prohibits is used as it stands.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import ssl
import stringprep
import struct
import unicodedata

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.errors import LoginFailed
from bootproof.rehearsal.database.scram import PLAIN, PLUS

_OK, _CLEARTEXT, _MD5, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 3, 5, 10, 11, 12
_BINDING = b"p=tls-server-end-point,,"
_MOST_ITERATIONS = 10_000_000  # a server must not keep us busy for minutes


class Login:
    """State: one authentication. `endpoint` is the hash of the server's certificate, None without TLS."""

    def __init__(self, user: str, password: str | None, endpoint: bytes | None, *, binding: str = "prefer") -> None:
        """`binding` is `channel_binding` of libpq: disable, prefer or require."""
        self._user = user
        self._password = password
        self._endpoint = endpoint if binding != "disable" else None
        self._required = binding == "require"
        self._header = b""
        self._first = ""
        self._nonce = ""
        self._expected: bytes | None = None
        self._proved = True
        self.done = False

    def answer(self, body: bytes) -> bytes:
        """What to send upon an Authentication message with this body, b"" for nothing. Raises LoginFailed."""
        (code,) = struct.unpack_from("!I", body)
        rest = body[4:]
        if code in (_OK, _CLEARTEXT, _MD5) and self._required and not self._header:
            raise LoginFailed("the server does not authenticate with channel binding, which the URL requires")
        if code == _OK:
            if not self._proved:
                raise LoginFailed("the server did not prove that it knows the password")
            self.done = True
            return b""
        if code == _CLEARTEXT:
            return wire.message(b"p", self._secret().encode() + b"\0")
        if code == _MD5:
            inner = hashlib.md5((self._secret() + self._user).encode(), usedforsecurity=False).hexdigest()
            outer = hashlib.md5(inner.encode() + rest[:4], usedforsecurity=False).hexdigest()
            return wire.message(b"p", b"md5" + outer.encode() + b"\0")
        if code == _SASL:
            return self._begin([name.decode("ascii", "replace") for name in rest.split(b"\0") if name])
        if code == _SASL_CONTINUE:
            return self._prove(_attributes(rest), rest)
        if code == _SASL_FINAL:
            self._believe(_attributes(rest))
            return b""
        raise LoginFailed(f"the server asks for an authentication that is not supported (code {code})")

    def _secret(self) -> str:
        if not self._password:
            raise LoginFailed("the server asks for a password, and the URL has none")
        return self._password

    def _begin(self, offered: list[str]) -> bytes:
        self._secret()
        plus = PLUS in offered and self._endpoint is not None
        if self._required and not plus:
            raise LoginFailed("the server does not offer channel binding, which the URL requires")
        if not plus and PLAIN not in offered:
            raise LoginFailed(f"the server offers no authentication that is supported: {', '.join(offered)}")
        # "y" tells a server that offered binding after all that somebody took its offer away.
        self._header = _BINDING if plus else (b"n,," if self._endpoint is None else b"y,,")
        self._nonce = base64.b64encode(secrets.token_bytes(18)).decode()
        self._first = f"n=,r={self._nonce}"
        self._proved = False
        said = self._header + self._first.encode()
        name = PLUS if plus else PLAIN
        return wire.message(b"p", name.encode() + b"\0" + struct.pack("!I", len(said)) + said)

    def _prove(self, attributes: dict[str, str], raw: bytes) -> bytes:
        try:
            salt = base64.b64decode(attributes["s"], validate=True)
            nonce, iterations = attributes["r"], int(attributes["i"])
        except (KeyError, ValueError, binascii.Error) as problem:
            raise LoginFailed("the server's SCRAM message is malformed") from problem
        if not self._nonce or not nonce.startswith(self._nonce) or not 0 < iterations <= _MOST_ITERATIONS:
            raise LoginFailed("the server's SCRAM message does not answer ours")
        bound = self._header + (self._endpoint or b"" if self._header == _BINDING else b"")
        last = f"c={base64.b64encode(bound).decode()},r={nonce}"
        said = f"{self._first},{raw.decode('utf-8', 'replace')},{last}".encode()
        salted = hashlib.pbkdf2_hmac("sha256", _prepared(self._secret()), salt, iterations)
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        return wire.message(b"p", f"{last},p={base64.b64encode(proof).decode()}".encode())

    def _believe(self, attributes: dict[str, str]) -> None:
        try:
            shown = base64.b64decode(attributes.get("v", ""), validate=True)
        except binascii.Error as problem:
            raise LoginFailed("the server's SCRAM message is malformed") from problem
        if self._expected is None or not hmac.compare_digest(shown, self._expected):
            raise LoginFailed("the server did not prove that it knows the password")
        self._proved = True


def certificate_hash(connection: ssl.SSLObject | ssl.SSLSocket) -> bytes | None:
    """What channel binding binds to, None where RFC 5929 names no hash for the certificate (Ed25519)."""
    der = connection.getpeercert(binary_form=True)
    algorithm = x509.load_der_x509_certificate(der).signature_hash_algorithm if der else None
    if der is None or algorithm is None:
        return None
    if isinstance(algorithm, hashes.MD5 | hashes.SHA1):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(der)
    return digest.finalize()


def _prepared(password: str) -> bytes:
    plain = "".join(
        " " if stringprep.in_table_c12(each) else each for each in password if not stringprep.in_table_b1(each)
    )
    return unicodedata.normalize("NFKC", plain).encode("utf-8", "surrogateescape")


def _attributes(raw: bytes) -> dict[str, str]:
    return {part[0]: part[2:] for part in raw.decode("utf-8", "replace").split(",") if part[1:2] == "="}
