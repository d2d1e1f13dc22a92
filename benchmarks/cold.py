"""One plain cold start: the project's own interpreter and uvicorn, nothing of bootproof in the process."""

import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from bootproof.environment.provision import provision
from bootproof.model.environment import Environment
from bootproof.project.discover import discover
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.proxy import Proxy


def plain_start(root: Path, constraints: Path) -> tuple[float, int]:
    """Seconds from the start of the process to the first 200 on /health, and its resident memory in bytes.

    The database is there already; only its address is given, by the variable that the backend reads.
    """
    environment = provision(discover(root), progress=lambda _: None, constraints=constraints)
    if not isinstance(environment, Environment):
        raise SystemExit(environment.explanation)
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres().start(Path(folder))
        server.ready()
        name = server.take()
        listener = socket.create_server(("127.0.0.1", 0))
        proxy = Proxy(server, lambda *_: name, folder=Path(folder), hosts=("localhost",)).start()
        proxy.listen(listener)
        address = f"postgresql+asyncpg://someone@127.0.0.1:{listener.getsockname()[1]}/app?ssl=require"
        port = free_port()
        started = time.monotonic()
        process = subprocess.Popen(
            [str(environment.python), "-m", "uvicorn", "src.main:app", "--port", str(port)], cwd=root,
            env={**os.environ, "DATABASE_URL": address}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                    break
                except (urllib.error.URLError, ConnectionError):
                    if process.poll() is not None or time.monotonic() - started > 60:
                        raise SystemExit("the mended backend does not start") from None
                    time.sleep(0.004)
            seconds = time.monotonic() - started
            memory = psutil.Process(process.pid).memory_full_info().pss
        finally:
            process.terminate()
            process.wait()
            proxy.stop()
            server.stop()
    return seconds, memory


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
