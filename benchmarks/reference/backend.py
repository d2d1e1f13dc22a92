"""The reference backend in its variants, each with an environment of its own, booted cold."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cluster import ADDRESS

CASE = Path(__file__).resolve().parents[2] / "examples" / "reference"
EXCEPTION = re.compile(r"^(?:[a-z_]\w*\.)*([A-Z]\w*(?:Error|Exception|Refused)): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Edit:
    """One replacement in one file; `old` stands there exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: its status and its decoded JSON (None for an empty body)."""

    status: int
    body: object


@dataclass(frozen=True)
class Server:
    """One cold boot: `failure` is the exception that ended it, "" where it answered."""

    failure: str
    seconds: float
    url: str = ""


def connection_string() -> SplitResult:
    """The connection string of the untouched backend."""
    for line in (CASE / "backend" / ".env").read_text(encoding="utf-8").splitlines():
        if line.startswith("DATABASE_URL="):
            return urlsplit(line.partition("=")[2].strip("'"))
    raise ValueError("the reference `.env` has no DATABASE_URL")


def write_tree(target: Path, edits: Iterable[Edit], overlays: Iterable[str] = ()) -> None:
    """Copy the backend to `target`, lay the named folders of the case over it, then apply the edits.

    Raises ValueError when the text that an edit replaces does not stand in its file exactly once.
    """
    shutil.copytree(CASE / "backend", target, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    for overlay in overlays:
        shutil.copytree(CASE / overlay, target, dirs_exist_ok=True)
    for edit in edits:
        path = target / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"`{edit.old}` stands {text.count(edit.old)} times in {edit.file}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def environment(tree: Path, constraints: Path, cache: Path, uv: str, python: str) -> Path:
    """The interpreter of an environment with exactly what the tree declares, as the constraints bound it."""
    declared = (tree / "requirements.txt").read_bytes()
    key = hashlib.sha256(declared + constraints.read_bytes() + python.encode()).hexdigest()[:16]
    folder = cache / key
    interpreter = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([uv, "venv", "-q", "-p", python, folder], check=True)
        install: list[str | Path] = [uv, "pip", "install", "-q", "--compile-bytecode", "-p", interpreter]
        install += ["-r", tree / "requirements.txt", "-c", constraints]
        subprocess.run(install, check=True)
        done.touch()
    return interpreter


def ask(url: str, method: str = "GET", body: object = None, token: str = "") -> Answer:
    """The answer to one HTTP request. Raises URLError when nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status, content = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return Answer(status, json.loads(content) if content else None)
    except json.JSONDecodeError:
        return Answer(status, content.decode(errors="replace"))


def last_exception(log: str) -> str:
    """Type and message of the last exception in a log, "" when there is none."""
    raised = EXCEPTION.findall(log)
    return ": ".join(raised[-1]) if raised else ""


class Boot(contextlib.AbstractContextManager[Server]):
    """A cold start of real uvicorn in a tree, in a mount namespace whose `/etc/hosts` leads the
    provider's host to the scratch server: no driver, written in C or not, is patched. Its whole process group
    is ended at the exit.
    """

    def __init__(self, interpreter: Path, tree: Path, host: str, port: int, limit: float = 60) -> None:
        self.interpreter, self.tree, self.host, self.port, self.limit = interpreter, tree, host, port, limit
        self.output = tree.parent / f"{tree.name}.log"
        self.hosts = tree.parent / f"{tree.name}.hosts"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", self.port), 1),
        ):
            raise RuntimeError(f"another server listens on port {self.port}: choose one with --port")
        self.hosts.write_text(f"127.0.0.1 localhost\n{ADDRESS} {self.host}\n", encoding="utf-8")
        namespace = ["unshare", "--mount"] + (["--map-root-user"] if os.geteuid() else [])
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        command = [*namespace, "sh", "-c", script, str(self.hosts), str(self.interpreter)]
        command += ["-m", "uvicorn", "src.main:app", "--port", str(self.port)]
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.tree.parent), "LANG": "C.UTF-8"}
        begun = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.tree,
                env=variables,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        url = f"http://127.0.0.1:{self.port}"
        while time.monotonic() - begun < self.limit:
            if self.process.poll() is not None:
                seconds = time.monotonic() - begun
                log = self.log()
                failure = last_exception(log) or f"exit {self.process.returncode}: {log[-300:]}"
                return Server(failure, seconds)
            try:
                ask(f"{url}/health")
            except OSError:
                time.sleep(0.02)
            else:
                return Server("", time.monotonic() - begun, url)
        return Server(f"no answer within {self.limit} s", self.limit)

    def __exit__(self, *_: object) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log(self) -> str:
        """What the server has written so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")
