"""What happens at the start and at the end."""

import contextlib

BOOKS: list[str] = []


@contextlib.contextmanager
def shelves():
    BOOKS.append("Emma")
    try:
        yield
    finally:
        BOOKS.clear()
