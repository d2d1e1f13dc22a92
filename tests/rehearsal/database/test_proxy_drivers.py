"""What real drivers meet at the proxy: TLS, SCRAM with channel binding, roles, data, cancelling."""

import asyncio
import io
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import psycopg2
import pytest

from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.handshake import Behaviour
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.proxy import Proxy

from .conftest import HOST, PASSWORD, UNDERSCORED, Place

pytestmark = pytest.mark.usefixtures("no_libpq_settings")

Connect = Callable[..., Any]
LIBPQ = pytest.mark.parametrize("connect", [psycopg.connect, psycopg2.connect], ids=["psycopg3", "psycopg2"])


def _one(connection: Any, sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchone())


def _asyncpg(place: Place, do: Callable[[Any], Any] | None = None, **changes: Any) -> Any:
    async def session() -> Any:
        arguments = {
            "host": place.address,
            "port": place.port,
            "user": "shop_owner",
            "password": PASSWORD,
            "database": "shop",
        } | changes
        connection = await asyncpg.connect(**arguments)
        try:
            return await (do(connection) if do else connection.fetchval("SELECT 1"))
        finally:
            await connection.close()

    return asyncio.run(session())


@LIBPQ
def test_channel_binding_is_really_used(place: Place, connect: Connect) -> None:
    connection = connect(**place.libpq, sslmode="require", channel_binding="require")
    assert _one(connection, "SELECT current_user, session_user") == ("shop_owner", "shop_owner")
    connection.close()
    (seen,) = place.seen
    assert (seen.method, seen.tls, seen.host, seen.user, seen.database, seen.failure) == (
        "scram-sha-256-plus",
        True,
        HOST,
        "shop_owner",
        "shop",
        "",
    )


def test_channel_binding_by_psycopg_async(place: Place) -> None:
    async def session() -> str:
        async with await psycopg.AsyncConnection.connect(
            **place.libpq, sslmode="require", channel_binding="require"
        ) as connection:
            row = await (await connection.execute("SELECT 'there'")).fetchone()
            assert row is not None
            return str(row[0])

    assert asyncio.run(session()) == "there"


@LIBPQ
@pytest.mark.parametrize(
    ("sslmode", "tls", "method"),
    [
        ("disable", False, "scram-sha-256"),
        ("allow", False, "scram-sha-256"),
        ("prefer", True, "scram-sha-256-plus"),
    ],
)
def test_modes_without_a_demand(place: Place, connect: Connect, sslmode: str, tls: bool, method: str) -> None:
    connect(**place.libpq, sslmode=sslmode).close()
    assert [(seen.tls, seen.method) for seen in place.seen] == [(tls, method)]


@LIBPQ
def test_channel_binding_without_tls_is_refused(place: Place, connect: Connect) -> None:
    with pytest.raises(Exception, match="channel binding"):
        connect(**place.libpq, sslmode="disable", channel_binding="require")


@LIBPQ
def test_server_without_tls(place: Place, connect: Connect) -> None:
    place.behave(Behaviour(tls="refuse"))
    with pytest.raises(Exception, match="server does not support SSL"):
        connect(**place.libpq, sslmode="require")
    connect(**place.libpq, sslmode="prefer").close()
    assert [seen.tls for seen in place.seen if not seen.failure] == [False]


def test_server_without_tls_and_asyncpg(place: Place) -> None:
    place.behave(Behaviour(tls="refuse"))
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        _asyncpg(place, ssl="require")
    assert _asyncpg(place, ssl="prefer") == 1


@LIBPQ
@pytest.mark.parametrize(
    ("certificate", "sslmode", "refusal"),
    [
        ("right", "verify-full", ""),
        ("wrong-host", "verify-full", "does not match host name"),
        ("wrong-host", "verify-ca", ""),
        ("self-signed", "verify-ca", "certificate verify failed"),
        ("self-signed", "verify-full", "certificate verify failed"),
        ("self-signed", "require", ""),
    ],
)
def test_certificates(place: Place, connect: Connect, certificate: Any, sslmode: str, refusal: str) -> None:
    place.behave(Behaviour(certificate=certificate))
    # sslmode=require with a root certificate verifies it, by libpq's own rule: so none is given there.
    root = {} if sslmode == "require" else {"sslrootcert": str(place.proxy.ca_file)}
    if refusal:
        with pytest.raises(Exception, match=refusal):
            connect(**place.libpq, sslmode=sslmode, **root)
        assert all(seen.method == "" and seen.failure for seen in place.seen)
    else:
        connect(**place.libpq, sslmode=sslmode, channel_binding="require", **root).close()


def test_name_with_an_underscore_is_in_the_certificate(place: Place) -> None:
    arguments = place.libpq | {"host": UNDERSCORED}
    psycopg.connect(**arguments, sslmode="verify-full", sslrootcert=str(place.proxy.ca_file)).close()  # type: ignore[arg-type]
    assert place.seen[0].host == UNDERSCORED


@pytest.mark.parametrize(
    ("certificate", "works"), [("right", True), ("wrong-host", False), ("self-signed", False)]
)
def test_asyncpg_verifies_the_certificate(place: Place, certificate: Any, works: bool) -> None:
    place.behave(Behaviour(certificate=certificate))
    context = ssl.create_default_context(cafile=str(place.proxy.ca_file))

    async def session() -> Any:
        # As the agent leads asyncio drivers: the connection goes elsewhere, the name to verify stays.
        loop = asyncio.get_running_loop()
        connect = loop.create_connection

        async def led(factory: Any, host: str, port: int, **rest: Any) -> Any:
            assert host == HOST
            return await connect(factory, place.address, place.port, **rest)

        loop.create_connection = led  # type: ignore[method-assign, assignment]
        connection = await asyncpg.connect(
            host=HOST, port=5432, user="shop_owner", password=PASSWORD, database="shop", ssl=context
        )
        value = await connection.fetchval("SELECT 1")
        await connection.close()
        return value

    if works:
        assert asyncio.run(session()) == 1
        assert place.seen[0].host == HOST
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            asyncio.run(session())


def test_asyncpg_with_tls_required(place: Place) -> None:
    assert _asyncpg(place, ssl="require") == 1
    assert [(seen.tls, seen.method) for seen in place.seen] == [(True, "scram-sha-256")]


@LIBPQ
def test_wrong_parameter_fails_as_in_production(place: Place, connect: Connect) -> None:
    with pytest.raises(Exception, match='unrecognized configuration parameter "no_such"'):
        connect(**place.libpq, options="-c no_such=1")


def test_wrong_parameter_of_asyncpg_fails_as_in_production(place: Place) -> None:
    with pytest.raises(asyncpg.UndefinedObjectError, match='unrecognized configuration parameter "schema"'):
        _asyncpg(place, server_settings={"schema": "x"})


def test_parameters_arrive(place: Place) -> None:
    connection = psycopg.connect(**place.libpq, options="-c search_path=a,b", application_name="ä")  # type: ignore[arg-type]
    assert _one(connection, "SELECT current_setting('search_path')") == ("a,b",)
    connection.close()


def test_endpoint_of_a_hosting_provider_is_taken_out(place: Place) -> None:
    arguments = place.libpq | {"options": "endpoint=ep-quiet-1 -c search_path=q"}
    connection = psycopg.connect(**arguments)  # type: ignore[arg-type]
    assert _one(connection, "SELECT current_setting('search_path')") == ("q",)
    connection.close()


def test_wrong_password_is_our_own_fault_and_the_next_try_gets_in(place: Place) -> None:
    place.proxy.know("forgetful", "not this one")
    arguments = place.libpq | {"user": "forgetful", "password": "this one"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**arguments, sslmode="disable")  # type: ignore[arg-type]
    psycopg.connect(**arguments, sslmode="disable").close()  # type: ignore[arg-type]
    assert [(seen.broken, seen.method) for seen in place.seen] == [(True, ""), (False, "trust")]
    place.proxy.know("forgetful", "this one")
    psycopg.connect(**arguments, channel_binding="require").close()  # type: ignore[arg-type]


def test_second_password_of_a_user_is_as_good(place: Place) -> None:
    psycopg.connect(**(place.libpq | {"password": "the other one"}), channel_binding="require").close()  # type: ignore[arg-type]


@pytest.mark.parametrize("user", ["bare", 'nobody "knows" him', "ünïcode"])
def test_user_without_a_known_password_is_let_in_as_himself(place: Place, user: str) -> None:
    arguments = place.libpq | {"user": user}
    del arguments["password"]
    connection = psycopg.connect(**arguments)  # type: ignore[arg-type]
    assert _one(connection, "SELECT current_user") == (user,)
    connection.close()
    assert place.seen[0].method == "trust"


def test_reserved_role_is_refused_by_postgresql_itself(place: Place) -> None:
    with pytest.raises(psycopg.OperationalError, match='role "pg_mine" does not exist'):
        psycopg.connect(**(place.libpq | {"user": "pg_mine"}))  # type: ignore[arg-type]


def test_address_without_a_trial_has_no_database(proxy: Proxy, place: Place) -> None:
    listener = socket.create_server((place.address, 0))
    proxy.listen(listener, "nobody's")
    arguments = place.libpq | {"port": listener.getsockname()[1]}
    with pytest.raises(psycopg.OperationalError, match='database "shop" does not exist'):
        psycopg.connect(**arguments)  # type: ignore[arg-type]
    assert proxy.seen("nobody's")[-1].failure
    proxy.unlisten(listener)


def test_listener_on_a_unix_socket(
    proxy: Proxy, routes: dict[str, str], place: Place, tmp_path: Path
) -> None:
    path = tmp_path / ".s.PGSQL.5432"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    routes[str(path)] = place.database
    proxy.listen(listener)
    connection = psycopg.connect(host=str(tmp_path), user="shop_owner", password=PASSWORD, dbname="shop")
    assert _one(connection, "SELECT current_database()") == (place.database,)
    connection.close()
    proxy.unlisten(listener)


def test_fifty_clients_at_once(place: Place) -> None:
    async def session() -> list[int]:
        async def client(number: int) -> int:
            connection = await asyncpg.connect(
                host=place.address,
                port=place.port,
                user="shop_owner",
                password=PASSWORD,
                database="shop",
                ssl="require" if number % 2 else False,
            )
            value = await connection.fetchval("SELECT $1::int FROM pg_sleep(0.2)", number)
            await connection.close()
            return int(value)

        return await asyncio.gather(*(client(number) for number in range(50)))

    assert asyncio.run(session()) == list(range(50))
    assert len(place.seen) == 50


_CANCELLING = """
import importlib, json, sys, threading
driver, arguments = json.loads(sys.argv[1])
connection = importlib.import_module(driver).connect(**arguments)
threading.Timer(0.2, connection.cancel).start()
try:
    connection.cursor().execute("SELECT pg_sleep(20)")
except Exception as problem:
    print(problem)
"""


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_cancel_ends_the_query(place: Place, driver: str, sslmode: str) -> None:
    # In a process of its own: both drivers keep the interpreter's lock while they wait for it.
    orders = json.dumps([driver, place.libpq | {"sslmode": sslmode}])
    done = subprocess.run(
        [sys.executable, "-c", _CANCELLING, orders], capture_output=True, text=True, timeout=15, check=True
    )
    assert "canceling statement due to user request" in done.stdout
    assert [seen.method == "cancel" for seen in place.seen] == [False, True]


@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_copy_both_ways(place: Place, sslmode: str) -> None:
    lines = "".join(f"{number}\tline {number} ü\n" for number in range(50_000))
    connection = psycopg2.connect(**place.libpq, sslmode=sslmode)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE copied (number int, line text)")
        cursor.copy_expert("COPY copied FROM STDIN", io.StringIO(lines))
        back = io.StringIO()
        cursor.copy_expert("COPY (SELECT * FROM copied ORDER BY number) TO STDOUT", back)
    connection.close()
    assert back.getvalue() == lines


@pytest.mark.parametrize("ssl_mode", [False, "require"])
def test_fifty_megabytes_each_way_arrive_whole(place: Place, ssl_mode: Any) -> None:
    blob = os.urandom(50 << 20)

    async def do(connection: Any) -> Any:
        return await connection.fetchval("SELECT $1::bytea", blob)

    assert _asyncpg(place, do, ssl=ssl_mode) == blob


def test_slow_reader_does_not_fill_our_memory(place: Place) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    with socket.create_connection((place.address, place.port)) as client:
        client.sendall(wire.startup({"user": "bare", "database": "shop"}))
        client.sendall(wire.message(b"Q", b"SELECT repeat('x', 1000000) FROM generate_series(1, 300)\0"))
        time.sleep(0.3)
        before = resident()
        time.sleep(1.0)
        assert resident() - before < 60 << 20
        received = 0
        while received < 300_000_000:
            received += len(client.recv(1 << 20))


def test_client_that_vanishes_ends_its_session(place: Place, server: Postgres) -> None:
    connection = psycopg.connect(**place.libpq)  # type: ignore[arg-type]
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{place.database}'"
    assert server.query("template1", sql) == (("1",),)
    raw = socket.socket(fileno=os.dup(connection.fileno()))
    raw.shutdown(socket.SHUT_RDWR)
    deadline = time.monotonic() + 5
    while server.query("template1", sql) != (("0",),):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    raw.close()


def test_client_that_has_said_all_still_hears(place: Place) -> None:
    with socket.create_connection((place.address, place.port)) as client:
        client.sendall(wire.startup({"user": "bare", "database": "shop"}))
        client.sendall(wire.message(b"Q", b"SELECT 'said ' || 'all' FROM pg_sleep(0.2)\0"))
        client.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := client.recv(65536):
            heard += piece
    assert b"said all" in heard
