"""The parent's handle on one zygote: a started interpreter that forks trials and answers questions."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bootproof.model.environment import Environment
from bootproof.rehearsal import channel
from bootproof.rehearsal.errors import ZygoteFailed

AGENT = Path(__file__).parent / "agent" / "start.py"


class Zygote:
    """State: one process, its control socket, and what it turned out to have loaded. Safe between threads."""

    def __init__(
        self,
        environment: Environment,
        layers: tuple[Path, ...],
        modules: tuple[str, ...],
        *,
        isolation: str,
        scratch: Path,
        variables: Mapping[str, str],
        base: "Zygote | None" = None,
        reserved: Iterable[str] = (),
    ) -> None:
        """Starts one; out of `base` where that is given: what `base` has imported is shared, not imported again."""
        self.environment = environment
        self.layers = layers
        self.modules = modules
        self._options: dict[str, Any] = {
            "isolation": isolation,
            "empty": str(scratch / "empty"),
            "layers": [str(layer) for layer in layers],
            "env": dict(variables),
            "reserved": sorted(reserved),
        }
        self._scratch = scratch
        self._base = base
        self._process: subprocess.Popen[bytes] | None = None
        self.tried: frozenset[str] = (base.tried if base else frozenset()) | set(
            modules
        )  # modules that were to be imported
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._problem = ""
        self.loaded: frozenset[str] = frozenset()
        self.missing: frozenset[str] = frozenset()
        self.left_out: Mapping[str, str] = {}  # modules that were not imported, and why: failed, threads
        self.seconds = 0.0
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait()
        if self._problem:
            raise ZygoteFailed(self._problem)

    def _run(self, started: threading.Event) -> None:
        """The thread that starts the process and stays: the process ends with the thread that started it (prctl(2))."""
        try:
            if self._base is None:
                self._start()
            else:
                layers = [str(layer) for layer in self.layers]
                reserved = self._options["reserved"]
                order = {"op": "grow", "layers": layers, "modules": list(self.modules), "reserved": reserved}
                self._control = self._base.fork(order)
        except ZygoteFailed as problem:
            self._problem = str(problem)
            return
        except OSError as problem:
            self._problem = f"The interpreter `{self.environment.python.name}` cannot be run: {problem.strerror}"
            return
        finally:
            started.set()
        try:
            self._read_report()
        except (OSError, ValueError):
            self._problem = "The project's interpreter ended while it imported third-party modules"
        self._ready.set()
        if self._process is not None:
            self._process.wait()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with theirs, (self._scratch / "zygote.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [str(self.environment.python), "-I", str(AGENT), "zygote", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env=dict(self._options["env"]),
                )
        except OSError:
            ours.close()
            raise
        self._control = ours
        with contextlib.suppress(OSError):  # it ended already; that is found out when its report is read
            ours.sendall(json.dumps({**self._options, "modules": list(self.modules)}).encode() + b"\n")

    def _read_report(self) -> None:
        """Reads what the imports came to. Raises OSError or ValueError where there is no report."""
        buffer = b""
        while not buffer.endswith(b"\n"):
            data = self._control.recv(1 << 18)
            if not data:
                raise ConnectionResetError
            buffer += data
        report = json.loads(buffer)
        self.loaded, self.missing = frozenset(report["top"]), frozenset(report["missing"])
        if self._base is not None:
            self.missing |= self._base.missing
        self.left_out, self.seconds = report["left_out"], report["seconds"]

    def wait(self, seconds: float = 120.0) -> "Zygote":
        """Itself, once its imports are done. Raises ZygoteFailed."""
        if not self._ready.wait(seconds):
            raise ZygoteFailed(f"Third-party modules were not imported within {seconds:.0f} s")
        if self._problem:
            raise ZygoteFailed(self._problem)
        return self

    @property
    def is_ready(self) -> bool:
        """Whether its imports are done and went well."""
        return self._ready.is_set() and not self._problem

    def serves(self, environment: Environment, layers: tuple[Path, ...], added: frozenset[str]) -> bool:
        """Whether a trial with these layers may be forked from here: what it adds was never loaded nor missed.

        `added`: top-level import names that the layers beyond this zygote's own bring.
        """
        if environment.python != self.environment.python or not set(self.layers) <= set(layers):
            return False
        if not self._ready.is_set():
            return set(self.layers) == set(layers)
        return not (added & self.missing)

    def fork(self, request: Mapping[str, Any]) -> socket.socket:
        """Forks for one request and gives back the socket on which the fork speaks."""
        self.wait()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with self._lock, theirs:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], [theirs.fileno()])
            except OSError as problem:
                ours.close()
                raise ZygoteFailed("The project's interpreter went away") from problem
        return ours

    def ask(
        self, question: str, arguments: Mapping[str, Any], layers: tuple[Path, ...] = (), timeout: float = 20.0
    ) -> object:
        """The agent's answer to one question; None where it has none or does not come in time."""
        connection = self.fork(
            {
                "op": "ask",
                "question": question,
                "arguments": dict(arguments),
                "timeout": timeout,
                "layers": [str(layer) for layer in layers],
            }
        )
        with connection:
            for event in channel.read(connection, time.monotonic() + timeout):
                if event["event"] == "answer":
                    answer: object = event["answer"]
                    return answer
        return None

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._control.close()

    def close(self) -> None:
        """Ends the zygote and whatever it still has running."""
        self._end()
