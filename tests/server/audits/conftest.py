"""One server with its three people for all of these tests; each has a project of its own, so that none sees another's."""

import itertools
from collections.abc import Iterator

import pytest

from bootproof.rehearsal.database.postgres import Postgres

from ..conftest import Running, sharing
from ..people import People, people
from .shops import Shop, new_shop

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def running(postgres: Postgres) -> Iterator[Running]:
    """The server that these tests share."""
    with sharing(postgres) as server:
        yield server


@pytest.fixture(scope="session")
def folk(running: Running) -> People:
    """Alice (owner) and Bob (member) in a team, and Charlie, who is in another."""
    return people(running)


@pytest.fixture
def shop(running: Running, folk: People) -> Iterator[Shop]:
    """A new project of the team, with a token for each scope."""
    made = new_shop(running, folk, f"Shop {next(_NUMBERS)}")
    yield made
    made.close()
