"""Passwords: argon2id, in a thread, with the same work whether there is an account or not."""

import asyncio
from functools import cached_property
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, Request

SHORTEST, LONGEST = 12, 1024  # characters
AT_ONCE = 4  # each takes the memory and some 50 ms


class Passwords:
    """Guards how many hashes are computed at once. The defaults of argon2-cffi are RFC 9106's second recommendation."""

    def __init__(self, memory: int, rounds: int) -> None:
        self._hasher = PasswordHasher(memory_cost=memory, time_cost=rounds)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed. Without a hash it costs the same and is False."""
        async with self._slots:
            right = await asyncio.to_thread(self._verified, kept, password)
        return right and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobody(self) -> str:
        """A hash of no password, for the work that an account that is not there would have cost."""
        return self._hasher.hash("nobody's password")

    def _verified(self, kept: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False


def _passwords(request: Request) -> Passwords:
    found: Passwords = request.app.state.passwords
    return found


Hashing = Annotated[Passwords, Depends(_passwords)]
"""The passwords of the server that answers."""
