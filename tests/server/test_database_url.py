"""Spellings of `DATABASE_URL` as providers hand them out and people paste them: what each means, and what is refused."""

import asyncio
import ssl

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.database_url import Address, UnknownSpelling, address

from .conftest import url_of


def shown(found: Address) -> tuple[str | None, str | None, str | None, int | None, str | None]:
    url = found.url
    return url.username, url.password, url.host, url.port, url.database


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("postgres://app:word@db.example.com/shop", ("app", "word", "db.example.com", None, "shop")),
        ("postgresql://app:word@db.example.com:6543/shop", ("app", "word", "db.example.com", 6543, "shop")),
        ("postgresql+asyncpg://app@db.example.com/shop", ("app", None, "db.example.com", None, "shop")),
        ("postgresql+psycopg://app:word@db.example.com/shop", ("app", "word", "db.example.com", None, "shop")),
        ("postgresql+psycopg2://app:word@db.example.com/shop", ("app", "word", "db.example.com", None, "shop")),
        ("  'postgres://app:word@db.example.com/shop'\n", ("app", "word", "db.example.com", None, "shop")),
        ('psql "postgresql://app:word@db.example.com/shop"', ("app", "word", "db.example.com", None, "shop")),
        ("postgres://app.ref:p%40ss%2Fw%23rd@db.example.com/my%20shop", ("app.ref", "p@ss/w#rd", "db.example.com", None, "my shop")),
        ("postgres://[2001:db8::1]:5433/shop", (None, None, "2001:db8::1", 5433, "shop")),
        ("postgresql:///shop?host=/run/postgresql", (None, None, "/run/postgresql", None, "shop")),
        ("postgresql://app@/shop?host=/tmp/a%20b&port=5439", ("app", None, "/tmp/a b", 5439, "shop")),
        ("postgresql://?user=app&password=word&host=db.example.com&dbname=shop", ("app", "word", "db.example.com", None, "shop")),
    ],
)
def test_where_it_is(written: str, means: tuple[object, ...]) -> None:
    found = address(written)
    assert shown(found) == means and found.url.drivername == "postgresql+asyncpg"
    assert "word" not in str(found.url) and "word" not in repr(found)


@pytest.mark.parametrize(
    ("asked", "verified", "hostname"),
    [("sslmode=require", False, False), ("ssl=true", False, False), ("ssl=no-verify", False, False), ("sslmode=verify-ca", True, False),
     ("sslmode=verify-full", True, True), ("ssl=verify-full", True, True), ("sslmode=verify-full&sslrootcert=system", True, True)],
)  # fmt: skip
def test_tls_means_what_libpq_means_by_it(asked: str, verified: bool, hostname: bool) -> None:
    context = address(f"postgres://h/d?{asked}").arguments["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode is ssl.CERT_REQUIRED, context.check_hostname) == (verified, hostname)


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        ("sslmode=disable", {"ssl": False}),
        ("ssl=0", {"ssl": False}),
        ("sslmode=prefer", {"ssl": "prefer"}),
        ("connect_timeout=7&command_timeout=2.5", {"timeout": 7.0, "command_timeout": 2.5}),
        ("application_name=shop&statement_timeout=5000", {"server_settings": {"application_name": "shop", "statement_timeout": "5000"}}),
        ("schema=tenant", {"server_settings": {"search_path": "tenant"}}),
        ("target_session_attrs=read-write", {"target_session_attrs": "read-write"}),
        ("supa=base-pooler.x&connection_limit=5&pool_timeout=10&pgbouncer=false&gssencmode=disable", {}),
    ],
)
def test_parameters_keep_their_meaning(asked: str, arguments: dict[str, object]) -> None:
    found = address(f"postgres://h/d?{asked}")
    assert dict(found.arguments) == arguments and not found.pooled


@pytest.mark.parametrize("asked", ["pgbouncer=true", "pgbouncer=1", "statement_cache_size=0", "prepared_statement_cache_size=0"])
def test_behind_a_pooler_no_statement_is_kept(asked: str) -> None:
    found = address(f"postgres://h/d?{asked}")
    named = found.arguments["prepared_statement_name_func"]
    assert found.pooled and found.arguments["statement_cache_size"] == found.arguments["prepared_statement_cache_size"] == 0
    assert named() != named()


def test_what_asyncpg_cannot_do_is_noted_and_psycopg_is_told() -> None:
    found = address("postgresql://app:word@db.example.com/shop?sslmode=require&channel_binding=require&options=-c%20geqo%3Doff&search_path=a,b")
    assert "channel binding" in found.notes[0]
    assert found.libpq["channel_binding"] == "require" and found.libpq["sslmode"] == "require"
    assert found.libpq["options"] == "-c geqo=off -c search_path=a,b"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("mysql://app:hidden-word@h/d", "`mysql://`"),
        ("postgresql+pg8000://app:hidden-word@h/d", "`postgresql+pg8000://`"),
        ("host=h password=hidden-word", "it has no `://`"),
        ("postgres://app:hidden-word@h:port/d", "host or port cannot be read"),
        ("postgres://app:hidden/word@h:5432/d", "%2F"),
        ("postgres://app:hidden-word@h/d?sslmod=require", "`sslmod` is a parameter"),
        ("postgres://app:hidden-word@h/d?sslmode=yes", "`sslmode` is none of"),
        ("postgres://app:hidden-word@h/d?channel_binding=maybe", "`channel_binding` is none of"),
        ("postgres://app:hidden-word@h/d?connect_timeout=soon", "`connect_timeout` is no number"),
        ("postgres://app:hidden-word@h/d?sslrootcert=/ca.pem", "no `sslmode`"),
        ("postgres://app:hidden-word@h/d?sslmode=verify-full&sslrootcert=/no/such.pem", "cannot be read"),
        ("", "it has no `://`"),
    ],
)
def test_what_is_not_understood_is_refused_without_the_password(written: str, said: str) -> None:
    with pytest.raises(UnknownSpelling) as refused:
        address(written)
    assert said in str(refused.value) and "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "more",
    ["", "&sslmode=disable", "&sslmode=prefer", "&application_name=shop&search_path=pg_catalog&statement_timeout=5000",
     "&options=-c%20geqo%3Doff", "&pgbouncer=true&connect_timeout=5&command_timeout=5", "&target_session_attrs=read-write",
     "&statement_cache_size=100"],
)  # fmt: skip
def test_a_real_postgresql_takes_them(more: str, postgres: Postgres) -> None:
    """As SQLAlchemy's engine and as asyncpg alone take what an address means."""
    found = address(url_of(postgres, "template1") + more)

    async def asked() -> list[str]:
        engine = create_async_engine(found.url, connect_args=dict(found.arguments))
        try:
            async with engine.connect() as connection:
                rows = await connection.execute(text("SELECT current_setting('search_path'), current_setting('geqo')"))
                return list(rows.one())
        finally:
            await engine.dispose()

    path, geqo = asyncio.run(asked())
    assert ("pg_catalog" in path) == ("search_path" in more) and geqo == ("off" if "geqo" in more else "on")
