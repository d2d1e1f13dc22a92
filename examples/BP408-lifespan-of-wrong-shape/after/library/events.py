"""What happens at the start and at the end."""

import contextlib

BOOKS: list[str] = []


@contextlib.asynccontextmanager
async def shelves(app):
    BOOKS.append("Emma")
    try:
        yield
    finally:
        BOOKS.clear()
