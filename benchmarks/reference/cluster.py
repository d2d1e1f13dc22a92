"""A scratch PostgreSQL with TLS and SCRAM, as the reference backend's provider runs one."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult

import trustme

ADDRESS = "127.77.0.1"  # a loopback address of our own, so that port 5432 is free on it
PORT = 5432  # the connection string names no port
SUPERUSER = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running server; `socket` is the folder of its Unix socket."""

    binaries: Path
    socket: Path
    role: str
    database: str

    def query(self, statement: str, database: str = "postgres") -> str:
        """The rows of one SQL statement, as unaligned text. Raises CalledProcessError when it fails."""
        command = [str(self.binaries / "psql"), "-h", str(self.socket), "-U", SUPERUSER, "-XAtq"]
        command += ["-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()

    def empty_database(self) -> None:
        """Replace the backend's database by an empty one."""
        self.query(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        self.query(f'CREATE DATABASE "{self.database}" OWNER "{self.role}"')

    def set_tls(self, on: bool) -> None:
        """Switch TLS on or off for new connections."""
        self.query(f"ALTER SYSTEM SET ssl = {'on' if on else 'off'}")
        self.query("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 10
        while self.query("SHOW ssl") != ("on" if on else "off"):
            if time.monotonic() > deadline:
                raise TimeoutError("the server did not take over its new setting of `ssl`")
            time.sleep(0.05)

    def connections(self) -> str:
        """How the backend's connections are protected now: `TLS`, `plain`, or `none`."""
        rows = self.query(
            f"SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '{self.role}'"
        ).split()
        if not rows:
            return "none"
        return "TLS" if set(rows) == {"t"} else "plain"


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`. Raises FileNotFoundError when there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise FileNotFoundError("no `initdb` found: install the system's `postgresql` package")
    return versions[-1].parent


def owner() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root, so for root it is the package's own user."""
    return SUPERUSER if os.geteuid() == 0 else None


@contextmanager
def cluster(dsn: SplitResult) -> Iterator[Cluster]:
    """A server that knows the role, the password and the database of `dsn`; it is ended at the exit.

    Its certificate is for the host that `dsn` names, from an authority made for this one run.
    """
    if not dsn.hostname or not dsn.username or not dsn.password:
        raise ValueError("the connection string lacks a host, a role or a password")
    binaries = find_binaries()
    user = owner()
    with tempfile.TemporaryDirectory(prefix="reference-pg-") as folder:
        root = Path(folder)
        data, socket = root / "data", root / "socket"
        socket.mkdir()
        certificate = trustme.CA().issue_cert(dsn.hostname)
        certificate.private_key_pem.write_to_path(root / "server.key")
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(root / "server.crt", append=number > 0)
        (root / "server.key").chmod(0o600)
        if user is not None:
            for path in (root, *root.rglob("*")):
                shutil.chown(path, user)
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=user, cwd=root, timeout=120)
        (data / "pg_hba.conf").write_text(
            f"local all {SUPERUSER} trust\nhost all all 127.0.0.0/8 scram-sha-256\n", encoding="utf-8"
        )
        settings = {
            "listen_addresses": ADDRESS,
            "port": str(PORT),
            "unix_socket_directories": str(socket),
            "ssl": "on",
            "ssl_cert_file": str(root / "server.crt"),
            "ssl_key_file": str(root / "server.key"),
            "password_encryption": "scram-sha-256",
            "fsync": "off",
        }
        # In the file and not on the command line, which would outrank ALTER SYSTEM.
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        with (root / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data], stdout=log, stderr=log, user=user, cwd=root
            )
        running = Cluster(binaries, socket, dsn.username, dsn.path.lstrip("/"))
        try:
            wait_until_ready(running, process, root / "log")
            running.query(f"CREATE ROLE \"{dsn.username}\" LOGIN PASSWORD '{dsn.password}'")
            yield running
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(running: Cluster, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server answers. Raises RuntimeError with its log when it does not."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            running.query("SELECT 1")
        except subprocess.CalledProcessError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
