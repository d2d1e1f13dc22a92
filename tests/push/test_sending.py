"""Sending, against real sockets that answer as servers and proxies do on a bad day."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from bootproof.push import sending
from bootproof.push.answers import outcome
from bootproof.push.document import document
from bootproof.push.sending import Answer, BadAddress, Delivery, Unreached, base_of, in_clear, send

REPORT = document(b'{"schema": "bootproof/report/1", "verdict": "starts"}')
KEPT = (201, {}, {"id": 7, "new": True, "verdict": "starts", "url": "https://b.example/teams/a/projects/b/audits/7"})
Scripted = tuple[int, dict[str, str], object]


@contextmanager
def answering(*script: Scripted | None, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers in turn (None: it closes without one), and the headers of what it was asked."""
    answers, asked = iter(script), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append({"path": self.path, **{key.lower(): each for key, each in self.headers.items()}})
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = next(answers)
            if answer is None:
                return
            status, headers, body = answer
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for key, each in {"Content-Length": str(len(raw)), **headers}.items():
                self.send_header(key, each)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def sent(server: str, seconds: float = 10, **about: str) -> tuple[Answer, list[str]]:
    told: list[str] = []
    return send(Delivery(server, "bp_token", **about), REPORT, seconds, told.append), told


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.02)


def test_what_is_sent_is_the_same_each_time() -> None:
    with answering((503, {"Retry-After": "0"}, {}), None, (502, {}, b"<html>"), KEPT) as (server, asked):
        answer, told = sent(server, commit="c0ffee", branch="feat/ü x")
    assert (answer.status, len(told)) == (201, 3)
    assert [each["idempotency-key"] for each in asked] == [REPORT.key] * 4
    assert {each["path"] for each in asked} == {"/api/uploads?commit=c0ffee&branch=feat%2F%C3%BC%20x"}
    assert {each["authorization"] for each in asked} == {"Bearer bp_token"}
    assert told[0] == "the server is not ready (HTTP 503); trying again in 0 s"
    assert "the connection failed" in told[1] and "HTTP 502" in told[2]


@pytest.mark.parametrize("after", ["1", formatdate(time.time() + 2, usegmt=True)], ids=["seconds", "a moment"])
def test_it_waits_as_long_as_the_server_asks(after: str) -> None:
    if not after.isdecimal():
        after = formatdate(time.time() + 2, usegmt=True)
    with answering((429, {"Retry-After": after}, {}), KEPT) as (server, _):
        begun = time.monotonic()
        assert sent(server)[0].status == 201
    assert 0.9 <= time.monotonic() - begun < 4


def test_it_does_not_wait_longer_than_it_may() -> None:
    with answering((429, {"Retry-After": "600"}, {})) as (server, _):
        begun = time.monotonic()
        with pytest.raises(Unreached, match=r"too many uploads; the next try would be in 600 s"):
            sent(server)
    assert time.monotonic() - begun < 2


def test_pauses_grow_until_the_time_is_over() -> None:
    with answering(*[(503, {}, {})] * 50) as (server, asked), pytest.raises(Unreached, match="HTTP 503"):
        sent(server, seconds=1)
    assert 4 <= len(asked) <= 7


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_an_answer_that_would_stay_the_same_is_not_asked_for_again(status: int) -> None:
    with answering((status, {}, {"detail": "no"})) as (server, asked):
        answer, told = sent(server)
    assert (answer.status, told, len(asked)) == (status, [], 1)
    result = outcome(answer, server)
    assert not result.kept and result.said and "\n" not in result.said


def test_a_redirect_gets_neither_token_nor_report() -> None:
    with (
        answering(KEPT) as (elsewhere, asked_there),
        answering((307, {"Location": f"{elsewhere}/api/uploads?commit="}, {})) as (server, _),
    ):
        result = outcome(sent(server)[0], server)
    assert asked_there == []
    assert not result.kept and result.said.endswith(f"set --server to: {elsewhere}")


def test_a_certificate_that_nobody_trusts_is_said_at_once(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with answering(KEPT, tls=context) as (server, asked), pytest.raises(Unreached, match="certificate is not trusted"):
        sent(server)
    assert asked == []


def test_a_host_that_is_none_and_a_server_that_does_not_speak_tls() -> None:
    with pytest.raises(Unreached, match="nobody knows this host"):
        sent("http://bootproof.invalid", seconds=3)
    with answering(KEPT) as (server, _), pytest.raises(Unreached, match="TLS"):
        sent(server.replace("http://", "https://"), seconds=3)


def test_what_another_program_answers_is_no_receipt() -> None:
    for body in (b"<html>welcome</html>", b"[]", b'{"ok": true}', b"\xff"):
        with answering((200, {}, body)) as (server, _):
            result = outcome(sent(server)[0], server)
        assert not result.kept and "is at http://127.0.0.1" in result.said


def test_a_hostile_answer_drives_no_terminal() -> None:
    said = outcome(Answer(401, {"detail": "\x1b[2Jno\r\n" + "x" * 5000}), "http://h").said
    assert said.isprintable() and len(said) < 500


@pytest.mark.parametrize("address", ["", "b.example", "ftp://b.example", "https://", "https://b.example:99999", "https://b.ex ample",
                                     "https://b.example/?a", "https://b.example/#a", "https://u@b.example", "https://b\n.example",
                                     "https://b.example:0", "http://b\u00fccher.example"])  # fmt: skip
def test_what_is_no_address_of_a_server(address: str) -> None:
    with pytest.raises(BadAddress):
        base_of(address)


def test_addresses_with_a_port_a_path_and_a_slash() -> None:
    assert base_of("https://b.example:8443/tools/bootproof/") == "https://b.example:8443/tools/bootproof"
    assert base_of("http://[::1]:8081") == "http://[::1]:8081"
    assert in_clear("http://b.example") and not in_clear("http://[::1]:8081") and not in_clear("https://b.example")
