"""What no client of good will sends: too deep, with NUL, compressed, with two lengths, slow, half; and a pool with none free."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
import pytest

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.app import create_app
from bootproof.server.security.bodies import DEEPEST, parse
from bootproof.server.settings import read_settings

from ..audits.shops import Shop, finding, new_shop, report
from ..conftest import Running, serving, sharing
from ..people import people, run_sql


@pytest.fixture(scope="module")
def running(postgres: Postgres) -> Iterator[Running]:
    with sharing(postgres) as server:
        yield server


@pytest.fixture(scope="module")
def shop(running: Running) -> Shop:
    return new_shop(running, people(running), "Shop")


def raw(running: Running, sent: bytes, end: bool = False, wait: float = 2) -> bytes:
    """All that the server answers to these bytes until it closes, or says no more."""
    parts = urlsplit(running.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=wait) as connection:
        got = b""
        try:
            connection.sendall(sent)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                got += chunk
        except OSError:  # it says no more, or has closed
            pass
        return got


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 100_000])
def test_depth(text: str, shop: Shop) -> None:
    kept = shop.uploader.post("/api/uploads", content=text, headers={"Content-Type": "application/json"})
    assert (kept.status_code == 422 and "deeper than" in kept.text) or "no JSON" in kept.text
    small = shop.folk.alice.post("/api/teams", content=text[:60_000], headers={"Content-Type": "application/json"})
    assert small.status_code in (400, 422)


def test_forty_levels_are_the_most_also_where_the_last_one_is_empty() -> None:
    for inner in ("", "1", '{"a": 1}'):
        deepest = DEEPEST - inner.startswith("{")
        assert parse(b"[" * deepest + inner.encode() + b"]" * deepest) is not None
        with pytest.raises(ValueError, match="deeper than 40"):
            parse(b"[" * (deepest + 1) + inner.encode() + b"]" * (deepest + 1))


def test_a_nul_in_every_text_of_a_report(shop: Shop) -> None:
    """Each text of a report by turns: all are refused, and none is a fault of the server's."""
    whole = report("fails", [finding("one")])
    places: list[tuple[object, object]] = []

    def walk(value: object, holder: object, key: object) -> None:
        if isinstance(value, dict):
            for name, each in list(value.items()):
                walk(each, value, name)
        elif isinstance(value, list):
            for number, each in enumerate(value):
                walk(each, value, number)
        elif isinstance(value, str):
            places.append((holder, key))

    walk(whole, None, None)
    assert len(places) > 60
    for holder, key in places:
        kept = holder[key]  # type: ignore[index]
        holder[key] = kept + "\0"  # type: ignore[index]
        answer = shop.push(whole)
        assert answer.status_code == 422, (key, answer.text)
        holder[key] = kept  # type: ignore[index]
    assert shop.push(whole).status_code == 201


@pytest.mark.parametrize("path", ["/api/teams/ac%00me", "/api/teams/acme/projects/sh%00op", "/badge/%00.svg", "/reset/%00", "/teams/%00", "/%00"])
def test_a_nul_in_an_address(path: str, shop: Shop) -> None:
    assert shop.folk.alice.get(path).status_code in (200, 404, 422)


@pytest.mark.parametrize("name", ["branch", "code", "text", "cursor", "verdict", "since", "done", "next"])
def test_a_nul_in_what_is_asked(name: str, shop: Shop) -> None:
    for path in (f"{shop.at}/audits", f"{shop.at.removeprefix('/api')}", "/", "/signin"):
        assert shop.folk.alice.get(path, params={name: "a\0b"}).status_code < 500


def test_a_body_that_unfolds_is_not_unfolded(shop: Shop) -> None:
    bomb = gzip.compress(b"[" * 500_000_000, 9)
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        answer = shop.uploader.post("/api/uploads", content=bomb, headers={"Content-Encoding": encoding})
        assert answer.status_code == 415


def test_a_body_without_end_is_cut_off(running: Running, shop: Shop) -> None:
    head = f"POST /api/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.token}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    parts = urlsplit(running.url)
    sent = 0
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(head)
        try:
            while sent < 100_000_000:
                connection.sendall(chunk)
                sent += 0x10000
        except OSError:  # it closed
            pass
    assert sent < 20_000_000, "it reads no more than a few MB"
    assert shop.push(report("starts")).status_code == 201


SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 40\r\n", b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n", b"Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n",
        b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n", b"Content-Length: +4\r\n", b"Content-Length: 0x4\r\n", b"Content-Length: 4, 4\r\nX: 1\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n",
    ],
)  # fmt: skip
def test_no_second_request_is_read_out_of_a_body_with_two_lengths(headers: bytes, running: Running) -> None:
    body = b"0\r\n\r\n" + SMUGGLED
    got = raw(running, b"POST /api/auth/signout HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n" + body)
    assert b"alive" not in got and got.count(b"HTTP/1.1 ") <= 2
    assert got == b"" or got.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 501"))


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00", b"GET /livez HTTP/9.9\r\n\r\n", b"GET  /livez\r\n\r\n", b"GET /livez HTTP/1.1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"G\0T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: session=\xff\xff\r\n\r\n", b"GET / HTTP/1.1\nHost: x\nX: " + b"a" * 200_000 + b"\n\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xc3\x28\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST /api/auth/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_http_is_no_fault_of_ours(sent: bytes, running: Running) -> None:
    got = raw(running, sent, end=True)
    assert b"HTTP/1.1 5" not in got and b"Traceback" not in got
    assert httpx2.get(f"{running.url}/livez").status_code == 200


def test_slow_and_half_open_clients_hold_nothing_that_others_need(database: str) -> None:
    """Forty clients that send a byte a second, or go away in the midst, against a pool of two connections."""
    with serving(database_url=database, pool_size=2, pool_timeout=2) as running:
        made = new_shop(running, people(running), "Shop")
        parts = urlsplit(running.url)
        head = f"POST /api/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {made.token}\r\nContent-Length: 200000\r\n\r\n".encode()
        held = [socket.create_connection((parts.hostname, parts.port)) for _ in range(40)]
        for number, each in enumerate(held):
            each.sendall(head[: len(head) if number % 2 else 30])
        for each in held[::4]:
            each.close()
        times = []
        for _ in range(20):
            for each in held[1::4]:
                each.sendall(b" ")
            began = time.monotonic()
            assert made.push(report("starts")).status_code == 201
            times.append(time.monotonic() - began)
        assert sorted(times)[10] < 1, times
        for each in held:
            each.close()
        assert made.push(report("starts")).status_code == 201
        made.close()


def test_when_no_connection_is_free_it_is_said_and_it_goes_on(database: str) -> None:
    with serving(database_url=database, pool_size=1, pool_timeout=0.5) as running, running.client() as client:
        release = threading.Event()

        def hold() -> None:
            import asyncio

            async def block() -> None:
                from sqlalchemy import text

                from bootproof.server.database import Database

                other = Database(running.settings)
                async with other.engine.connect() as connection:
                    await connection.execute(text("LOCK TABLE browser_sessions IN ACCESS EXCLUSIVE MODE"))
                    while not release.is_set():
                        await asyncio.sleep(0.05)
                await other.close()

            asyncio.run(block())

        holder = threading.Thread(target=hold)
        holder.start()
        try:
            time.sleep(0.5)
            with ThreadPoolExecutor(6) as pool:
                waiting = [pool.submit(client.get, "/api/teams", cookies={"session": "x" * 43}) for _ in range(6)]
                time.sleep(2)
                release.set()
                answers = [each.result() for each in waiting]
        finally:
            release.set()
            holder.join(10)
        codes = sorted(each.status_code for each in answers)
        assert codes[0] == 401 and codes[-1] == 503 and set(codes) == {401, 503}
        refused = next(each for each in answers if each.status_code == 503)
        assert refused.headers["retry-after"] == "5" and json.loads(refused.text)["detail"].startswith("The database")
        assert client.get("/api/teams").status_code == 401
        page = client.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 200


def test_a_database_that_is_away_is_a_503_and_comes_back(postgres: Postgres, database: str) -> None:
    with serving(database_url=database) as running, running.client() as client:
        made = new_shop(running, people(running), "Shop")
        name = running.settings.database.url.database
        postgres.query("template1", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.query("template1", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        away = client.get("/api/teams", cookies={"session": "x" * 43})
        pushed = made.push(report("starts"))
        ready = client.get("/readyz")
        postgres.query("template1", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert (away.status_code, pushed.status_code, ready.status_code) == (503, 503, 503)
        assert made.push(report("starts")).status_code == 201 and client.get("/readyz").status_code == 200
        assert run_sql(running, "SELECT count(*) FROM audits") == [(1,)]
        made.close()


@pytest.mark.parametrize("pooled", [False, True], ids=["direct", "behind a pooler"])
def test_a_page_is_a_503_where_its_connection_broke_and_then_a_page(postgres: Postgres, database: str, pooled: bool) -> None:
    with serving(database_url=database + ("&pgbouncer=true" if pooled else "")) as running:
        made = new_shop(running, people(running), "Shop")
        number = made.pushed("starts")
        name, bob, page = running.settings.database.url.database, made.folk.bob, made.at + "/audits"
        for _ in range(3):
            with ThreadPoolExecutor(8) as many:  # so that the pool is full
                assert set(many.map(lambda _: bob.get(page).status_code, range(40))) == {200}
            assert made.ids() == [number]
            postgres.query("template1", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            codes = [bob.get(page).status_code for _ in range(running.settings.pool_size + 1)]
            assert codes[0] == 503 and codes.count(503) <= 2 and codes[2:] == [200] * (len(codes) - 2), "all broke, one is told of it"
        assert bob.get(page, params={"limit": 0}).status_code == 422
        made.close()


def test_a_fault_of_ours_is_told_by_its_number_alone(database: str) -> None:
    import asyncio

    app = create_app(read_settings(database_url=database, environment="test"))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("what nobody outside may read")

    async def asked(accept: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8081") as client:
            return await client.get("/broken", headers={"Accept": accept, "X-Request-ID": "a-number-of-mine"})

    page, data = asyncio.run(asked("text/html")), asyncio.run(asked("application/json"))
    assert (page.status_code, data.status_code) == (500, 500)
    assert "under a-number-of-mine" in page.text and page.headers["content-type"].startswith("text/html")
    assert data.json() == {"detail": "Something went wrong here.", "request": "a-number-of-mine"}
    assert "nobody outside" not in page.text + data.text and page.headers["x-request-id"] == "a-number-of-mine"
