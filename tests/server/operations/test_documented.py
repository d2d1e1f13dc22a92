"""What docs/server.md says is so: its variables are the settings', and its commands take a backup and bring it back."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from bootproof.rehearsal.database.binaries import Binaries, choose_binaries
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.settings import Settings
from tests.conftest import HERE
from tests.server.conftest import serving, url_of
from tests.server.people import run_sql

TEXT = (HERE / "docs" / "server.md").read_text()
ALICE = {"email": "alice@example.com", "password": "a long enough phrase"}


def command(name: str) -> str:
    [found] = re.findall(rf"^{name} .*$", TEXT, re.MULTILINE)
    return str(found)


def test_every_variable_of_the_page_is_a_setting() -> None:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", TEXT, re.MULTILINE)
    named = {each for row in rows for each in re.findall(r"`([A-Z_]+)`", row)}
    assert len(named) > 12
    assert {each.lower() for each in named if not each.startswith("OTEL_")} <= set(Settings.model_fields)


def test_a_backup_comes_back(postgres: Postgres, database: str, tmp_path: Path) -> None:
    binaries = choose_binaries()
    assert isinstance(binaries, Binaries)
    path = f"{binaries.folder}{os.pathsep}{os.environ['PATH']}"
    with serving(database_url=database) as before, before.client() as client:
        assert client.post("/api/auth/signup", json=ALICE).status_code == 202
        kept = run_sql(before, "SELECT id, email, password_hash FROM users")
        # while the server runs: a dump is one snapshot
        subprocess.run(command("pg_dump"), shell=True, check=True, cwd=tmp_path, env={**os.environ, "PATH": path, "DATABASE_URL": database})
    name = f"restored_{os.urandom(4).hex()}"
    postgres.create_database(name)
    restored = url_of(postgres, name)
    subprocess.run(command("pg_restore"), shell=True, check=True, cwd=tmp_path, env={**os.environ, "PATH": path, "DATABASE_URL": restored})
    with serving(database_url=restored) as after, after.client() as client:
        assert run_sql(after, "SELECT id, email, password_hash FROM users") == kept
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.post("/api/auth/signin", json=ALICE).status_code == 200
    postgres.drop(name)
    assert kept, "there was something to lose"


def test_an_old_backup_is_not_restored_over_what_is_there(database: str, tmp_path: Path) -> None:
    binaries = choose_binaries()
    assert isinstance(binaries, Binaries)
    environ = {**os.environ, "PATH": f"{binaries.folder}{os.pathsep}{os.environ['PATH']}", "DATABASE_URL": database}
    subprocess.run(command("pg_dump"), shell=True, check=True, cwd=tmp_path, env=environ)
    again = subprocess.run(command("pg_restore"), shell=True, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert again.returncode != 0 and "already exists" in again.stderr


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore"])
def test_no_password_is_in_a_command(name: str) -> None:
    assert '"$DATABASE_URL"' in command(name)
