"""The server's process: uvicorn on the application, with the settings of the environment."""

from collections.abc import Mapping

import uvicorn

from bootproof.server.app import create_app
from bootproof.server.settings import read_settings

STOPS_WITHIN = 20  # seconds for requests that are under way


def serve(given: Mapping[str, object]) -> int:
    """Serves until it is told to stop; the exit code. Raises `Misconfigured`; `given` settings come before the environment's."""
    settings = read_settings(**given)
    config = uvicorn.Config(
        create_app(settings),
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
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1
