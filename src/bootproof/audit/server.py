"""The server that `--database` names, for as long as an audit takes."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bootproof.audit.errors import UsageProblem

if TYPE_CHECKING:
    from bootproof.rehearsal.database.remote import Remote


@contextlib.contextmanager
def named_server(url: str | None, tell: Callable[[str], None]) -> "Iterator[Remote | None]":
    """The server at that URL, checked; None without one. What was made on it is gone at the end, or is named.

    Raises UsageProblem where it cannot be used.
    """
    if url is None:
        yield None
        return
    from bootproof.rehearsal.database.errors import Unusable
    from bootproof.rehearsal.database.remote import Remote

    try:
        server = Remote(url)
        server.check()
    except Unusable as problem:
        raise UsageProblem(str(problem)) from problem
    tell(f"scratch databases on {server.place}")
    try:
        yield server
    finally:
        server.stop()
        if server.left:
            tell(f"these could not be dropped on {server.place}, drop them by hand: {', '.join(server.left)}")
