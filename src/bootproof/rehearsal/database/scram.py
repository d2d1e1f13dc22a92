"""The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, as PostgreSQL speaks it.

Source: RFC 5802, RFC 7677, RFC 5929 (tls-server-end-point), and PostgreSQL's deviations: libpq sends an empty
user name, which scramp's server refuses; a password that SASLprep prohibits is used as it stands. The keys
are scramp's. Several passwords may be known for a user: the proof tells which one the client has.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from scramp import ScramException, ScramMechanism  # type: ignore[import-untyped]  # it has none

PLAIN = "SCRAM-SHA-256"
PLUS = "SCRAM-SHA-256-PLUS"
ITERATIONS = 4096
_BINDING = "tls-server-end-point"


class ScramError(Exception):
    """The client's message is not what the exchange allows."""


class WrongPassword(ScramError):
    """The proof fits none of the passwords."""


@dataclass(frozen=True)
class Keys:
    """What a server stores of a password."""

    stored: bytes = field(repr=False)
    server: bytes = field(repr=False)


@dataclass(frozen=True)
class Secret:
    """A user's salt and the keys of each password that may be right."""

    salt: bytes
    keys: tuple[Keys, ...]


def secret(passwords: Iterable[str]) -> Secret:
    """The secret of a user who may have any of these passwords; about 1.5 ms each."""
    salt = secrets.token_bytes(16)
    return Secret(salt, tuple(_keys(password, salt) for password in passwords))


def _keys(password: str, salt: bytes) -> Keys:
    try:
        _, stored, server, _ = ScramMechanism(PLAIN).make_auth_info(password, ITERATIONS, salt)
    except ScramException:
        salted = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "surrogateescape"), salt, ITERATIONS)
        stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
        server = _hmac(salted, b"Server Key")
    return Keys(stored, server)


class Exchange:
    """One authentication. `endpoint` is the certificate's hash where there is TLS, else None."""

    def __init__(self, known: Secret, endpoint: bytes | None) -> None:
        self._known = known
        self._endpoint = endpoint
        self._header = b""
        self._nonce = ""
        self._said = ""
        self.bound = False

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What is offered, the stronger first."""
        return (PLAIN,) if self._endpoint is None else (PLUS, PLAIN)

    def first(self, mechanism: str, message: bytes) -> bytes:
        """The answer to the client's first message. Raises ScramError."""
        if mechanism not in self.mechanisms:
            raise ScramError("client selected an invalid SASL authentication mechanism")
        text = _ascii(message)
        flag, identity, bare = [*text.split(",", 2), "", ""][:3]
        self.bound = flag == f"p={_BINDING}"
        if mechanism == PLUS and not self.bound:
            raise ScramError("malformed SCRAM message: channel binding was negotiated and is not used")
        if mechanism == PLAIN and flag not in ("n", "y"):
            raise ScramError("malformed SCRAM message: channel binding was not negotiated")
        if flag == "y" and self._endpoint is not None:
            raise ScramError("SCRAM channel binding negotiation error: the server does support it")
        if identity:
            raise ScramError("client uses authorization identity, but it is not supported")
        client_nonce = _attributes(bare).get("r", "")
        if not client_nonce:
            raise ScramError("malformed SCRAM message: no nonce")
        self._header = f"{flag},,".encode()
        self._nonce = client_nonce + base64.b64encode(secrets.token_bytes(18)).decode()
        salt = base64.b64encode(self._known.salt).decode()
        answer = f"r={self._nonce},s={salt},i={ITERATIONS}"
        self._said = f"{bare},{answer}"
        return answer.encode()

    def final(self, message: bytes) -> bytes:
        """The answer to the client's last message. Raises WrongPassword, ScramError."""
        text = _ascii(message)
        without_proof, _, proof_text = text.rpartition(",p=")
        attributes = _attributes(without_proof)
        if attributes.get("r") != self._nonce:
            raise ScramError("malformed SCRAM message: the nonce does not match")
        expected = self._header + (self._endpoint or b"" if self.bound else b"")
        try:
            binding = base64.b64decode(attributes.get("c", ""), validate=True)
            proof = base64.b64decode(proof_text, validate=True)
        except binascii.Error as problem:
            raise ScramError("malformed SCRAM message: not base64") from problem
        if not hmac.compare_digest(binding, expected):
            raise ScramError("SCRAM channel binding check failed")
        said = f"{self._said},{without_proof}".encode()
        for keys in self._known.keys:
            signature = _hmac(keys.stored, said)
            if len(proof) != len(signature):
                break
            client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
            if hmac.compare_digest(hashlib.sha256(client_key).digest(), keys.stored):
                return b"v=" + base64.b64encode(_hmac(keys.server, said))
        raise WrongPassword("the password is none of those that the project's files name")


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _ascii(message: bytes) -> str:
    try:
        return message.decode("utf-8")  # the user name, which nobody reads, may be more than ASCII
    except UnicodeDecodeError as problem:
        raise ScramError("malformed SCRAM message: not UTF-8") from problem


def _attributes(text: str) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.split(",") if part[1:2] == "="}
