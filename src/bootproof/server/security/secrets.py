"""Secrets that are handed out and kept only as a hash, and values sealed with the server's key."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken


def new_secret(length: int = 32) -> str:
    """A random secret for an address or a cookie; `length` in bytes."""
    return secrets.token_urlsafe(length)


def hashed(secret: str) -> bytes:
    """What is kept of a random secret. Plain SHA-256 is enough: it has 80 bits or more, so nobody can guess it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def same(one: bytes | str, other: bytes | str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(_raw(one), _raw(other))


def signed(key: str, purpose: str, text: str) -> str:
    """A signature of a text for one purpose; one purpose's is worth nothing for another."""
    return hmac.new(key.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def sealed(key: str, purpose: str, text: str) -> bytes:
    """A text that only who has the key can read."""
    return _fernet(key, purpose).encrypt(text.encode())


def opened(key: str, purpose: str, seal: bytes) -> str | None:
    """The text behind a seal; None where it was made with another key."""
    try:
        return _fernet(key, purpose).decrypt(seal).decode()
    except InvalidToken:
        return None


def _fernet(key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}\0{key}".encode()).digest()))


def _raw(value: bytes | str) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
