"""What the server's benchmarks share: a durable PostgreSQL, the real server beside it as a process, a team with a project."""

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has neither types nor stubs

from bootproof.rehearsal.database.kept import kept_postgres
from bootproof.server.security.passwords import Passwords
from bootproof.server.security.secrets import hashed

PASSWORD = "a phrase that nobody guesses"
SERVE = (sys.executable, "-m", "bootproof.cli.main", "serve")
_USER = """INSERT INTO users (email, name, password_hash, created_at, verified_at, totp_last_used)
VALUES ('alice@example.com', 'Alice', $1, now(), now(), 0) RETURNING id"""
_SESSION = """INSERT INTO browser_sessions (user_id, token_hash, created_at, last_seen_at, expires_at, address, agent, pending)
VALUES ($1, $2, now(), now(), now() + interval '1 day', '', '', false)"""
_TEAM = "INSERT INTO organisations (slug, name, created_at) VALUES ('acme', 'Acme', now()) RETURNING id"
_MEMBER = "INSERT INTO memberships (organisation_id, user_id, role, joined_at) VALUES ($1, $2, 'owner', now())"
_PROJECT = """INSERT INTO projects (organisation_id, slug, name, badge_key, retention_days, created_at, verdict)
VALUES ($1, 'shop', 'Shop', 'badge', 365, now(), '') RETURNING id"""
_TOKEN = """INSERT INTO tokens (id, project_id, name, secret_hash, scopes, created_at)
VALUES ($1, $2, 'ci', $3, '{upload,read}', now())"""
REFERENCE = Path(__file__).parents[2] / "examples" / "reference" / "backend"


@dataclass(frozen=True)
class Setting:
    """A server at `url` on the database at `database`, with a person (cookie `session`), a project and its token."""

    url: str
    database: str
    session: str
    token: str
    project: int
    process: int

    async def connected(self) -> Any:
        """A bare connection of asyncpg's to the same database."""
        return await asyncpg.connect(self.database)


@contextmanager
def running(**environment: str) -> Iterator[Setting]:
    """The server on a new database, and what there is in it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        kept_postgres(Path(folder), lambda line: None) as database,
        serving({"DATABASE_URL": database, **environment}, SERVE) as (url, process),
    ):
        session, token, project = asyncio.run(settled(database))
        yield Setting(url, database, session, token, project, process)


@contextmanager
def serving(
    environment: Mapping[str, str], command: Sequence[str], path: str = "/livez", cwd: Path | None = None
) -> Iterator[tuple[str, int]]:
    """A server process that answers; its address and its number. The command is given `--port`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryFile() as log:
        environ = {**os.environ, **environment}
        process = subprocess.Popen([*command, "--port", str(port)], env=environ, stdout=log, stderr=log, cwd=cwd)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(url + path, timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        raise SystemExit(log.read().decode()[-2000:]) from None
                    time.sleep(0.1)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(60)


async def settled(database: str) -> tuple[str, str, int]:
    """A person who is signed in, the owner of a team with a project: the cookie, a token of the project, its number."""
    connection = await asyncpg.connect(database)
    session, secret, token = secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_hex(8)
    user = await connection.fetchval(_USER, await Passwords(65536, 3).hash(PASSWORD))
    await connection.execute(_SESSION, user, hashed(session))
    team = await connection.fetchval(_TEAM)
    await connection.execute(_MEMBER, team, user)
    project = await connection.fetchval(_PROJECT, team)
    await connection.execute(_TOKEN, token, project, hashed(secret))
    await connection.close()
    return session, f"bp_{token}_{secret}", int(project)


@cache
def report(size: int) -> dict[str, Any]:
    """A report of about that many bytes: that of a real audit of the reference case, its findings told again of other files."""
    done = subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "audit", str(REFERENCE), "--format", "json", "--quiet"],
        capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    own = json.dumps(found["findings"])
    number = 0
    while len(json.dumps(found)) < size:
        number += 1
        for each in json.loads(own.replace("src/", f"service{number}/src/").replace("DATABASE_URL", f"DATABASE_{number}_URL")):
            each["fingerprint"] += f":{number}"
            found["findings"].append(each)
            if len(json.dumps(found)) >= size:
                break
    kinds = [each["severity"] for each in found["findings"]]
    found["counts"] = {kind: kinds.count(kind) for kind in ("blocker", "failure", "advice")}
    return found
