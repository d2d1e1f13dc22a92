"""A real PostgreSQL, a database of its own for each test, and the real server on a real socket."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest
import uvicorn

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.app import create_app
from bootproof.server.migrations.run import migrate
from bootproof.server.settings import Settings, read_settings

from .mail.mailbox import Mailbox, mailbox

TEMPLATE = "server_template"
CHEAP = {"password_memory": 32, "password_rounds": 1}


@dataclass(frozen=True)
class Running:
    """A server that answers at `url`, and its settings."""

    url: str
    settings: Settings

    def client(self, **options: object) -> httpx2.Client:
        """A client that keeps cookies, as a browser of this server would."""
        return httpx2.Client(base_url=self.url, timeout=30, **options)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One PostgreSQL for the tests of this process, with a migrated template."""
    with Postgres(lasting=True).start(tmp_path_factory.mktemp("postgres")) as server:
        server.create_database(TEMPLATE)
        asyncio.run(migrate(read_settings(database_url=url_of(server, TEMPLATE), environment="test")))
        yield server


def url_of(server: Postgres, name: str) -> str:
    return f"postgresql://bootproof@/{name}?host={server.endpoint.host}"


@contextmanager
def new_database(postgres: Postgres) -> Iterator[str]:
    """The address of a new migrated database, which is dropped at the end."""
    name = f"test_{os.urandom(6).hex()}"
    postgres.query("template1", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield url_of(postgres, name)
    postgres.drop(name)


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The address of a migrated database that is this test's own."""
    with new_database(postgres) as url:
        yield url


@contextmanager
def serving(**given: object) -> Iterator[Running]:
    """The real server in a thread, on a port of its own."""
    settings = read_settings(**{"environment": "test", "port": 0, **CHEAP, **given})
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host=settings.host, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        threading.Event().wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(f"http://127.0.0.1:{port}", settings)
    finally:
        server.should_exit = True
        thread.join(30)


@contextmanager
def sharing(postgres: Postgres, **given: object) -> Iterator[Running]:
    """A running server on a new database, for many tests; a worker that leaves their module and comes back makes another."""
    with new_database(postgres) as url, serving(database_url=url, **given) as running:
        yield running


@pytest.fixture
def server(database: str) -> Iterator[Running]:
    """A running server on a database of its own."""
    with serving(database_url=database) as running:
        yield running


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mailbox() as found:
        yield found


@pytest.fixture
def mailing(database: str, box: Mailbox) -> Iterator[Running]:
    """A server that sends its mail to `box`."""
    with serving(database_url=database, smtp_url=box.url) as running:
        yield running
