"""A server whose mail arrives somewhere."""

from collections.abc import Iterator

import pytest

from ..conftest import Running, serving
from ..mail.mailbox import Mailbox, mailbox


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
