"""One real server and one real proxy for this folder; an address and a database for each test."""

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.proxy import Proxy
from tests.rehearsal.database.place import HOST, PASSWORD, UNDERSCORED, Place

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres().start(tmp_path_factory.mktemp("scratch")) as running:
        yield running


@pytest.fixture(scope="session")
def routes() -> dict[str, str]:
    return {}


@pytest.fixture(scope="session")
def proxy(
    server: Postgres, routes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    passwords = {"shop_owner": [PASSWORD, "the other one"], "bare": ""}
    folder = tmp_path_factory.mktemp("proxy")
    with Proxy(
        server,
        lambda address, _: routes.get(address),
        folder=folder,
        hosts=[HOST, UNDERSCORED, "127.0.0.1", "${UNFILLED}"],
        passwords=passwords,
    ) as running:
        yield running


@pytest.fixture
def place(server: Postgres, proxy: Proxy, routes: dict[str, str]) -> Iterator[Place]:
    # Apart from other runs on this machine by the process's number.
    address = f"127.78.{os.getpid() % 250}.{next(_numbers)}"
    listener = socket.create_server((address, 0), backlog=128)
    database = server.take()
    routes[address] = database
    proxy.listen(listener)
    yield Place(proxy, server, address, listener.getsockname()[1], database)
    proxy.unlisten(listener)
    proxy.forget(address)
    server.drop(database)


@pytest.fixture
def no_libpq_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings and certificates of whoever runs the tests out."""
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
