"""A server with its three people."""

import pytest

from ..conftest import Running
from ..people import People, people


@pytest.fixture
def team(server: Running) -> People:
    """Alice (owner) and Bob (member) in a team, and Charlie, who is in another."""
    return people(server)
