"""One server with its three people for all pages, and a project with audits."""

from collections.abc import Iterator

import pytest

from bootproof.rehearsal.database.postgres import Postgres

from ..audits.shops import Shop, finding, new_shop
from ..conftest import Running, sharing
from ..people import People, people
from .visitors import BROWSER


@pytest.fixture(scope="session")
def running(postgres: Postgres) -> Iterator[Running]:
    """The server that these tests share."""
    with sharing(postgres) as server:
        yield server


@pytest.fixture(scope="session")
def folk(running: Running) -> People:
    """Alice (owner) and Bob (member) in a team, and Charlie, who is in another."""
    found = people(running)
    for client in (found.alice, found.bob, found.charlie):
        client.headers["Accept"] = BROWSER
    return found


@pytest.fixture(scope="session")
def shop(running: Running, folk: People) -> Iterator[Shop]:
    """A project that started, and fails since; its findings have what a page may not take for markup."""
    made = new_shop(running, folk, "Shop")
    made.pushed("starts", commit="a" * 40, branch="main")
    made.pushed("fails", [finding("orders", cause="<script>alert(1)</script> & `x`"), finding("users")], commit="b" * 40, branch="main")
    yield made
    made.close()
