"""`bootproof serve` as a person runs it: with nothing, after a crash, beside another one."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import psutil
import pytest

from bootproof.rehearsal.database.datafolder import SUPERUSER
from bootproof.rehearsal.database.endpoint import Endpoint
from bootproof.rehearsal.database.errors import ServerFailed
from bootproof.rehearsal.database.kept import kept_postgres
from bootproof.rehearsal.database.postgres import Postgres

from .conftest import url_of

Serve = Callable[..., tuple["subprocess.Popen[str]", str]]
PORT = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the command on a free port; gives its process and its address once it answers."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **variables: str) -> tuple["subprocess.Popen[str]", str]:
        log = tmp_path / f"log{len(started)}"
        process = subprocess.Popen(
            [sys.executable, "-m", "bootproof.cli.main", "serve", "--port", "0", *options],
            env={**without_database_url(), "XDG_DATA_HOME": str(tmp_path / "share"), **variables},
            stderr=log.open("w"), text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        ends = time.monotonic() + 60
        while not (found := PORT.search(log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.05)
        return process, found[1]

    yield start
    for each in started:
        with_its_own = [each.pid, *(child.pid for child in psutil.Process(each.pid).children(recursive=True))] if each.poll() is None else []
        each.terminate()
        each.wait(30)
        assert not [pid for pid in with_its_own if psutil.pid_exists(pid)], "something was left behind"


def without_database_url() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}


def refused_on(data: Path) -> "subprocess.CompletedProcess[str]":
    """The command on that data folder, which it ends without serving."""
    command = [sys.executable, "-m", "bootproof.cli.main", "serve", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=without_database_url())


def test_with_nothing_and_after_a_crash(serve: Serve, tmp_path: Path) -> None:
    process, url = serve()
    assert httpx2.get(f"{url}/readyz").json() == {"status": "ready"}
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    listening = {each.laddr.port for one in family for each in one.net_connections("tcp") if each.status == "LISTEN"}
    assert listening == {int(url.rpartition(":")[2])}
    assert "postgres" in {each.name() for each in family}
    account = {"email": "alice@example.com", "password": "a long enough phrase"}
    assert httpx2.post(f"{url}/api/auth/signup", json=account).status_code == 202
    ends = time.monotonic() + 10
    while f"{url}/verify" not in (tmp_path / "log0").read_text():  # the mail, a moment later
        assert time.monotonic() < ends, "links name the port that was chosen"
        time.sleep(0.05)
    data = tmp_path / "share" / "bootproof"
    sockets = (data / "sockets").readlink()
    for each in family:  # as when the machine loses its power
        with contextlib.suppress(psutil.NoSuchProcess):  # its parent's end was its own
            each.kill()
    process.wait(30)
    pidfile = data / "data" / "postmaster.pid"
    left = pidfile.read_text().split("\n", 1)
    pidfile.write_text("\n".join([str(os.getpid()), *left[1:]]))  # after a restart another process may have the number
    again, url = serve()
    assert httpx2.get(f"{url}/readyz").json() == {"status": "ready"}
    assert httpx2.post(f"{url}/api/auth/signin", json=account).status_code == 200, "what was there is there"
    assert (data / "data" / "PG_VERSION").exists()
    assert not sockets.exists(), "what the crash left is gone"
    refused = refused_on(data)
    assert refused.returncode == 2
    assert "another server runs on the data" in refused.stderr
    assert again.poll() is None


def postmaster(process: "subprocess.Popen[str]") -> psutil.Process:
    """The first of PostgreSQL's processes below the command's."""
    below = psutil.Process(process.pid).children(recursive=True)
    (found,) = [each for each in below if each.name() == "postgres" and each.parent().name() != "postgres"]  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_postgresql_that_ends_by_itself_is_started_again(number: signal.Signals, serve: Serve, tmp_path: Path) -> None:
    process, url = serve()
    account = {"email": "alice@example.com", "password": "a long enough phrase"}
    assert httpx2.post(f"{url}/api/auth/signup", json=account).status_code == 202
    first = postmaster(process)
    first.send_signal(number)
    ends, seen = time.monotonic() + 60, set()
    while first.is_running() or httpx2.get(f"{url}/readyz").status_code != 200:
        seen.add(httpx2.get(f"{url}/badge/nobodys.svg").status_code)
        assert time.monotonic() < ends, (tmp_path / "log0").read_text()
        time.sleep(0.02)
    assert seen <= {200, 503}, "meanwhile it says that the database is away"
    assert httpx2.post(f"{url}/api/auth/signin", json=account).status_code == 200 and process.poll() is None
    log = (tmp_path / "log0").read_text()
    assert "PostgreSQL ended by itself" in log and "PostgreSQL runs again" in log


def test_data_of_another_release_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    (data / "precious").write_text("of the other one")
    refused = refused_on(tmp_path)
    assert refused.returncode == 2
    assert "is of PostgreSQL 9" in refused.stderr and "pg_dump" in refused.stderr and "Traceback" not in refused.stderr
    assert sorted(each.name for each in data.iterdir()) == ["PG_VERSION", "precious"]


def test_a_database_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    with kept_postgres(tmp_path, lambda line: None) as url:
        folder = parse_qs(urlsplit(url).query)["host"][0]
        with Endpoint(folder).connect("postgres", SUPERUSER) as connection:
            connection.query("DROP DATABASE bootproof")
            connection.query("UPDATE pg_database SET datistemplate = false WHERE datname = 'template1'")
            connection.query("DROP DATABASE template1")  # from which any other one is copied
    with pytest.raises(ServerFailed, match=r"`bootproof` cannot be made: .*template1"), kept_postgres(tmp_path, lambda line: None):
        pass


def test_two_at_once_on_one_new_database(serve: Serve, postgres: Postgres) -> None:
    postgres.create_database("shared")
    ways = [url_of(postgres, "shared")] * 2
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda url: serve(DATABASE_URL=url), ways))
    for _process, url in servers:
        assert httpx2.get(f"{url}/readyz").json() == {"status": "ready"}
    assert postgres.query("shared", "SELECT count(*) FROM alembic_version") == (("1",),)
    for process, _url in servers:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "mysql://app:hidden-word@db.example/app"}, "DATABASE_URL: is no PostgreSQL address that is understood (`mysql://`)"),
        ({"DATABASE_URL": "postgresql://app:hidden-word@db.example/app?sslmod=require"}, "DATABASE_URL: `sslmod` is a parameter that is not understood"),
        ({"DATABASE_URL": "postgresql://db.example/app", "ENVIRONMENT": "production"}, "SECRET_KEY: set at least 32 random characters"),
        ({"DATABASE_URL": "postgresql://db.example/app", "CORS_ORIGINS": "[http://a"}, "CORS_ORIGINS: looks like JSON and is none"),
        ({"DATABASE_URL": "postgresql://db.example/app", "PORT": "many"}, "PORT: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_its_variable(variables: dict[str, str], said: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "serve"], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "hidden-word" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
