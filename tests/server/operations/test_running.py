"""The server as whoever runs it sees it: it drains, it is measured and traced, it says why it does not start."""

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest

from tests.server.conftest import Running, serving
from tests.server.test_serve import Serve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_turns_unready_before_its_sockets_close(serve: Serve, database: str) -> None:
    process, url = serve(DATABASE_URL=database, DRAIN_SECONDS="1.5")
    assert httpx2.get(f"{url}/readyz").status_code == 200
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    time.sleep(0.3)
    told = httpx2.get(f"{url}/readyz")
    assert (told.status_code, told.json()) == (503, {"status": "stopping"})
    assert httpx2.get(f"{url}/health").status_code == 200, "who is still led here is answered"
    process.wait(20)
    assert 1.4 < time.monotonic() - began < 8
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/livez")


def test_a_second_signal_ends_the_wait(serve: Serve, database: str) -> None:
    process, _url = serve(DATABASE_URL=database, DRAIN_SECONDS="300")
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def test_metrics_have_a_port_of_their_own(database: str) -> None:
    port = free_port()
    with serving(database_url=database, metrics_port=port) as server:
        with server.client() as client:
            assert client.get("/metrics").status_code == 404
            assert client.get("/api/teams/one-word").status_code == 401
            assert client.get("/api/teams/another").status_code == 401
            client.request("PROPFIND", "/health")
        last = 'bootproof_requests_total{method="other",route="/health",status="405"} 1.0'
        for _ in range(100):  # a request is counted once its answer is sent
            seen = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
            if last in seen:
                break
            time.sleep(0.02)
    assert re.search(r'bootproof_requests_total\{method="GET",route="/api/teams/\{\w+\}",status="401"\} 2\.0', seen), seen
    assert last in seen
    assert "one-word" not in seen, "routes, never addresses"
    assert "bootproof_request_seconds_bucket" in seen
    assert "bootproof_database_connections" in seen
    assert "process_resident_memory_bytes" in seen
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/metrics")


def refused(**variables: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "serve", "--port", "0"],
        env={**os.environ, **variables}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return ran.returncode, ran.stderr


def test_a_database_that_is_not_there_is_said_in_a_line() -> None:
    code, said = refused(DATABASE_URL=f"postgresql://app:hidden-word@127.0.0.1:{free_port()}/app")
    assert code == 1
    assert re.search(r"DATABASE_URL: postgresql\+asyncpg://app:\*\*\*@127\.0\.0\.1:\d+/app cannot be used \(.*(?:Connect call failed|Connection refused)", said)
    assert "hidden-word" not in said
    assert "Traceback" not in said


def test_a_database_that_does_not_exist_is_said_in_a_line(database: str) -> None:
    code, said = refused(DATABASE_URL=re.sub(r"/\w+\?", "/not_there?", database))
    assert code == 1
    assert 'cannot be used (database "not_there" does not exist)' in said
    assert "Traceback" not in said


def test_a_database_of_a_newer_release_is_left_alone(serve: Serve, database: str, server: Running) -> None:
    import asyncio

    import asyncpg

    async def newer() -> None:
        connection = await asyncpg.connect(re.sub(r"\+asyncpg", "", database))
        await connection.execute("UPDATE alembic_version SET version_num = 'from_tomorrow'")
        await connection.close()

    asyncio.run(newer())
    code, said = refused(DATABASE_URL=database)
    assert code == 1
    assert "another release of bootproof migrated this database" in said
    assert "Traceback" not in said


def test_a_port_of_metrics_that_is_taken_is_said_in_a_line(database: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = refused(DATABASE_URL=database, METRICS_PORT=str(taken.getsockname()[1]))
    assert code == 1
    assert "METRICS_PORT: 127.0.0.1:" in said
    assert "Traceback" not in said


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter of the OpenTelemetry protocol sends over HTTP."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Collector,), {"got": got}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_traces_go_where_the_environment_says(serve: Serve, database: str, collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, got = collector
    process, address = serve(DATABASE_URL=database, OTEL_EXPORTER_OTLP_ENDPOINT=url)
    httpx2.post(f"{address}/api/auth/signin?ticket=hidden-word", json={"email": "nobody@example.com", "password": "not this one"})
    process.terminate()
    process.wait(20)
    sent = b"".join(body for path, body in got if path == "/v1/traces")
    assert b"POST /api/auth/signin" in sent
    assert b"bootproof" in sent
    assert b"SELECT" in sent, "what PostgreSQL was asked"
    assert b"hidden-word" not in sent
    assert b"nobody@example.com" not in sent
