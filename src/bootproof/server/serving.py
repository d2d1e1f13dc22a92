"""The server's process: uvicorn on the application, with the settings of the environment."""

import gc
import logging
import socket
import threading
from collections.abc import Mapping
from types import FrameType

import uvicorn
from fastapi import FastAPI

from bootproof.server.app import create_app
from bootproof.server.settings import read_settings

GARBAGE_AFTER = 10_000  # new objects; a report of 200 kB has as many (gc.set_threshold)
STOPS_WITHIN = 20  # seconds for requests that are under way


class Draining(uvicorn.Server):
    """uvicorn that turns unready first: whoever leads requests here has time to notice before the sockets close.

    uvicorn ends the lifespan after its sockets are closed, so that the application itself comes too late for this.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._seconds = seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What the start has made stays: to look it through for garbage, again and again, took half the time of an upload."""
        await super().startup(sockets)
        if sockets and self.started:  # of sockets that it was given uvicorn says nothing
            where = self._app.state.settings.listens_at
            logging.getLogger("uvicorn.error").info(f"Uvicorn running on {where} (Press CTRL+C to quit)")
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE_AFTER)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unready at the first signal, which counts `seconds` later; a second one counts at once."""
        again, self._app.state.draining = self._app.state.draining, True
        if again or not self._seconds:
            super().handle_exit(sig, frame)
            return
        waiting = threading.Timer(self._seconds, super().handle_exit, (sig, frame))
        waiting.daemon = True
        waiting.start()


def serve(given: Mapping[str, object]) -> int:
    """Serves until it is told to stop; the exit code. Raises `Misconfigured`; `given` settings come before the environment's."""
    settings = read_settings(**given)
    bound = None if settings.port else _bound(settings.host)
    if bound:  # before the application is made: links name the port
        settings = settings.model_copy(update={"port": bound.getsockname()[1]})
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOPS_WITHIN,
        limit_concurrency=None,
        backlog=4096,
    )
    server = Draining(config, app, settings.drain_seconds)
    try:
        server.run([bound] if bound else None)
    except SystemExit:  # uvicorn's own way out where it cannot start; it has said why
        return 1
    return 0 if server.started else 1


def _bound(host: str) -> socket.socket | None:
    """A socket at a free port of that address; None where there is none, of which uvicorn tells then."""
    try:
        family, *_, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    except OSError:
        return None
    found = socket.socket(family)
    try:
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as asyncio has it
        found.bind(address)
    except OSError:
        found.close()
        return None
    return found
