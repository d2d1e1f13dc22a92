"""What a server must offer to rehearsals: the embedded one does, and one that the user names."""

from pathlib import Path
from typing import Protocol

from bootproof.rehearsal.database.endpoint import Endpoint


class Server(Protocol):
    """A PostgreSQL with a database for each boot. Any thread may use it."""

    def start(self, scratch: Path) -> object:
        """Start in the background; `scratch` takes files."""

    def ready(self, seconds: float = 60.0) -> None:
        """Wait until it answers. Raises DatabaseError."""

    def stop(self) -> None:
        """Leave nothing behind; idempotent."""

    def take(self) -> str:
        """The name of a fresh, empty database that nobody else has. Raises DatabaseError."""

    def release(self, name: str) -> None:
        """Say that a database is not needed any more."""

    def tables(self, database: str) -> tuple[str, ...]:
        """The tables of one database, sorted. Raises DatabaseError."""

    def admit(self, user: str) -> tuple[str, str]:
        """As whom a client that says it is `user` logs in, and the role that it then takes, "" for none.

        Raises DatabaseError.
        """

    @property
    def place(self) -> str:
        """The server as a message names it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens. Waits for `ready`."""

    @property
    def extensions(self) -> frozenset[str]:
        """The extensions that it can create. Waits for `ready`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report must know of it."""
