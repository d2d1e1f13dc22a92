"""A PostgreSQL server such as a user would name: with TLS, passwords, roles and databases of its own."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme

from bootproof.rehearsal.database.binaries import system_folders

PASSWORD = "r3mote p@ss/'ü"
QUOTED = "r3mote%20p%40ss%2F'%C3%BC"
DATABASES = ("postgres", "template0", "template1", "production")

_HBA = """
local   all all          trust
host    all open_door    127.0.0.1/32 trust
host    all plain_talker 127.0.0.1/32 password
host    all old_timer    127.0.0.1/32 md5
hostnossl all sealed     127.0.0.1/32 reject
host    all all          127.0.0.1/32 scram-sha-256
"""
_ROLES = f"""
CREATE ROLE open_door LOGIN CREATEDB;
CREATE ROLE plain_talker LOGIN CREATEDB PASSWORD $${PASSWORD}$$;
CREATE ROLE sealed LOGIN CREATEDB PASSWORD $${PASSWORD}$$;
CREATE ROLE maker LOGIN CREATEDB PASSWORD $${PASSWORD}$$;
CREATE ROLE chief LOGIN SUPERUSER PASSWORD $${PASSWORD}$$;
CREATE ROLE recruiter LOGIN CREATEDB CREATEROLE PASSWORD $${PASSWORD}$$;
CREATE ROLE guest LOGIN PASSWORD $${PASSWORD}$$;
CREATE ROLE resident LOGIN;
SET password_encryption = 'md5';
CREATE ROLE old_timer LOGIN CREATEDB PASSWORD $${PASSWORD}$$;
"""


@dataclass(frozen=True)
class Cluster:
    """The server, seen by its owner."""

    folder: Path
    port: int
    authority: Path

    def url(self, user: str, parameters: str = "", database: str = "postgres", password: str = QUOTED) -> str:
        """What a user would write behind --database."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}" + (f"?{parameters}" if parameters else "")

    def rows(self, sql: str) -> list[str]:
        """The first column, asked by its superuser."""
        with psycopg.connect(host=str(self.folder), port=self.port, user="owner", dbname="postgres", autocommit=True) as it:
            cursor = it.execute(sql.encode())
            return [str(row[0]) for row in cursor.fetchall()] if cursor.description else []

    def databases(self) -> tuple[str, ...]:
        """The names of all databases."""
        return tuple(self.rows("SELECT datname FROM pg_database ORDER BY 1"))

    def roles(self) -> tuple[str, ...]:
        """The names of all roles but PostgreSQL's own."""
        return tuple(self.rows("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"))

    @contextlib.contextmanager
    def untouched(self) -> Iterator[None]:
        """Everything is afterwards as it was before."""
        before = self.databases(), self.roles()
        yield
        assert (self.databases(), self.roles()) == before


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """A cluster of the system's own PostgreSQL; the test is skipped where there is none."""
    folders = system_folders()
    if not folders:
        pytest.skip("no PostgreSQL of the system's own (Debian: apt install postgresql)")
    programs = folders[0]
    # A short path, which the server's user may enter: a socket's path holds about a hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="bootproof-cluster-", dir="/tmp"))
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "server.key")
    for number, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(folder / "server.crt", append=number > 0)
    (folder / "server.key").chmod(0o600)
    (folder / "hba").write_text(_HBA)
    if user:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
        "hba_file": folder / "hba", "ssl": "on", "ssl_cert_file": folder / "server.crt",
        "ssl_key_file": folder / "server.key", "shared_buffers": "16MB",
    }  # fmt: skip
    server: subprocess.Popen[bytes] | None = None
    try:
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "owner", "--no-sync", "--locale=C.UTF-8"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **identity)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(folder / "data"), *options], stdout=log, stderr=log, cwd=folder,
                **identity,
            )  # fmt: skip
        made = Cluster(folder, port, folder / "ca.pem")
        _until_it_answers(made, server)
        for statement in filter(str.strip, (_ROLES + "CREATE DATABASE production").split(";")):
            if "password_encryption" in statement:
                continue
            made.rows(f"SET password_encryption = 'md5';{statement}" if "old_timer" in statement else statement)
        yield made
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _until_it_answers(made: Cluster, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            made.rows("SELECT 1")
        except psycopg.OperationalError:
            assert server.poll() is None, (made.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
