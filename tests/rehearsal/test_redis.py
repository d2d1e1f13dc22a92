"""A Redis for each boot: a real server, whatever the project's URL says of host, port, user, password and TLS."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootproof.model.words import Outcome
from bootproof.rehearsal import databases, sandbox
from bootproof.rehearsal.redis.relay import Relay
from bootproof.rehearsal.redis.store import DENIED, Store
from bootproof.rehearsal.variant import Probes, Variant

from .conftest import Open

URLS = {
    "plain": "redis://127.0.0.1:6399/3",
    "password": "redis://:quiet-Otter@cache.example.com/0",
    "user": "redis://teller:quiet-Otter@cache.example.com:6390/1",
    "tls": "rediss://teller:quiet-Otter@rd.example.com:6380/0",
    "new protocol": "redis://teller:quiet-Otter@localhost:6379/0?protocol=3",
}
USES = """
import redis
import redis.asyncio
from contextlib import asynccontextmanager
from fastapi import FastAPI

one = redis.from_url("{url}")
assert one.dbsize() == 0, "what another boot has left"
one.set("seen", 1)
assert one.eval("return redis.call('GET', KEYS[1])", 1, "seen") == b"1"
assert one.blpop("nothing", timeout=0.05) is None
assert one.info()["redis_version"].startswith("7.")


@asynccontextmanager
async def lifespan(app):
    two = redis.asyncio.from_url("{url}")
    await two.xadd("log", {{"line": "x" * 100_000}})
    async with two.pubsub() as heard:
        await heard.subscribe("news")
        assert await two.publish("news", "now") == 1
    assert await two.keys() in ([b"log", b"seen"], [b"seen", b"log"])
    yield
    await two.aclose()


app = FastAPI(lifespan=lifespan)
"""


@pytest.fixture(params=["isolated", pytest.param("bare", marks=pytest.mark.slow)])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "bare":
        monkeypatch.setattr(sandbox, "isolation", lambda: "")
    elif not sandbox.isolation():
        pytest.skip("this system allows no namespaces")
    return str(request.param)


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_urls_are_used_as_they_stand_and_each_boot_has_its_own(way: str, opened: Open, url: str) -> None:
    rehearser = opened({"main.py": USES.format(url=url)}, modules=("fastapi", "redis"))
    for symptom in (rehearser.rehearse(Variant()), rehearser.rehearse(Variant()), rehearser.boot_cold(Variant(), Probes())):
        assert symptom.started, (symptom.note, symptom.log)
    assert any("production's Redis" in each for each in rehearser.notes)
    assert "quiet-Otter" not in symptom.log


def test_none_is_begun_for_a_boot_that_does_not_connect(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Store] = []
    monkeypatch.setattr(Store, "_start", lambda self: begun.append(self))
    code = "import redis\nfrom fastapi import FastAPI\nkeys = redis.from_url('redis://localhost')\napp = FastAPI()\n"
    assert opened({"main.py": code}).rehearse(Variant()).started
    assert begun == []


def test_without_a_program_the_address_is_refused_and_it_is_said(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "program", lambda: None)
    code = "import redis\nfrom fastapi import FastAPI\nredis.from_url('redis://localhost').ping()\napp = FastAPI()\n"
    rehearser = opened({"main.py": code})
    symptom = rehearser.rehearse(Variant())
    assert symptom.outcome is Outcome.FAILED
    assert symptom.sandboxed
    assert any("there is none here" in each for each in rehearser.notes)


def test_a_server_that_does_not_come_up_is_our_own_fault(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bootproof.rehearsal.redis.store.program", lambda: Path("/bin/false"))
    code = "import redis\nfrom fastapi import FastAPI\nredis.from_url('redis://localhost').ping()\napp = FastAPI()\n"
    rehearser = opened({"main.py": code})
    with pytest.raises(Exception, match="did not come up"):
        rehearser.rehearse(Variant())


# the relay, without a boot


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[str, int]]:
    relay = Relay((), tmp_path / "relay").start()
    store = Store(tmp_path / "store")
    listener = socket.create_server(("127.0.0.1", 0))
    relay.listen(listener, store)
    yield listener.getsockname()[:2]
    relay.stop()
    store.close()


def said(place: tuple[str, int], *sent: bytes) -> bytes:
    with socket.create_connection(place, timeout=10) as client:
        for each in sent:
            client.sendall(each)
        client.shutdown(socket.SHUT_WR)
        found = b""
        while data := client.recv(65536):
            found += data
        return found


def test_commands_on_a_line_and_in_pieces_are_passed_on(place: tuple[str, int]) -> None:
    assert said(place, b"PING\r\n") == b"+PONG\r\n"
    assert said(place, b"*2\r\n$4\r\nAU", b"TH\r\n$3\r\npw", b"x\r\n*1\r\n$4\r\nPING\r\n") == b"+OK\r\n+PONG\r\n"
    assert said(place, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$200000\r\n" + b"x" * 200_000 + b"\r\n") == b"+OK\r\n"


def test_what_would_connect_elsewhere_is_no_command(place: tuple[str, int]) -> None:
    for name in DENIED:
        assert b"unknown command" in said(place, name.encode() + b" 192.0.2.1 6379\r\n")
    assert b"protected config" in said(place, b"CONFIG SET dir /\r\n")


def test_many_clients_at_once_begin_one_server(place: tuple[str, int]) -> None:
    found: list[bytes] = []
    clients = [threading.Thread(target=lambda: found.append(said(place, b"PING\r\n"))) for _ in range(16)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert found == [b"+PONG\r\n"] * 16


def test_nothing_is_left_running(tmp_path: Path) -> None:
    store = Store(tmp_path / "one")
    path = store.open()
    assert path.exists()
    store.close()
    assert subprocess.run(["pgrep", "-f", str(path)], capture_output=True, check=False).stdout == b""


