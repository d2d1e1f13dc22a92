"""A nightly job of its own process."""

import psycopg2


def purge(dsn: str) -> None:
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders WHERE cancelled")
