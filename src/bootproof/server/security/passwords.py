"""Passwords: argon2id, in a thread, with the same work whether there is an account or not."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1024  # characters
_AT_ONCE = asyncio.Semaphore(4)  # each takes 64 MiB for some 50 ms


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2-cffi's defaults are RFC 9106's second recommendation


@cache
def _nobody() -> str:
    """A hash of no password, for the work that an account that is not there would have cost."""
    return _hasher().hash("nobody's password")


async def hash_password(password: str) -> str:
    """The hash to keep."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_hasher().hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. Without a hash it costs the same and is False."""
    async with _AT_ONCE:
        right = await asyncio.to_thread(_verified, kept or _nobody(), password)
    return right and kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(kept)


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
