"""The parent's handle on one zygote: a started interpreter that forks trials and answers questions."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bootproof.model.environment import Environment
from bootproof.rehearsal import channel
from bootproof.rehearsal.errors import ZygoteFailed

AGENT = Path(__file__).parent / "agent" / "start.py"


class Zygote:
    """State: one process, its control socket, and what it turned out to have loaded. Safe between threads."""

    def __init__(
        self, environment: Environment, layers: tuple[Path, ...], modules: tuple[str, ...], *,
        isolation: str, scratch: Path, variables: Mapping[str, str],
    ) -> None:
        self.environment = environment
        self.layers = layers
        self.modules = modules
        self._options: dict[str, Any] = {
            "isolation": isolation, "empty": str(scratch / "empty"), "layers": [str(layer) for layer in layers],
            "env": dict(variables),
        }
        self._scratch = scratch
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._problem = ""
        self.loaded: frozenset[str] = frozenset()
        self.missing: frozenset[str] = frozenset()
        self.left_out: Mapping[str, str] = {}  # modules that were not imported, and why: failed, threads
        self.seconds = 0.0
        self._start(modules)
        threading.Thread(target=self._wait, daemon=True).start()

    def _start(self, modules: tuple[str, ...]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        log = (self._scratch / "zygote.log").open("ab")
        try:
            self._process = subprocess.Popen(
                [str(self.environment.python), "-I", str(AGENT), "zygote", str(theirs.fileno()),
                 json.dumps({**self._options, "modules": list(modules)})],
                pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
        except OSError as problem:
            raise ZygoteFailed(f"The interpreter `{self.environment.python.name}` cannot be run: {problem.strerror}") from problem
        finally:
            theirs.close()
            log.close()
        self._control = ours

    def _wait(self) -> None:
        """Reads the report on the imports."""
        buffer = b""
        while not buffer.endswith(b"\n"):
            data = self._control.recv(1 << 18)
            if not data:
                self._problem = "The project's interpreter ended while it imported third-party modules"
                self._ready.set()
                return
            buffer += data
        report = json.loads(buffer)
        self.loaded, self.missing = frozenset(report["top"]), frozenset(report["missing"])
        self.left_out, self.seconds = report["left_out"], report["seconds"]
        self._ready.set()

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

    def ask(self, question: str, arguments: Mapping[str, Any], layers: tuple[Path, ...] = (), timeout: float = 20.0) -> object:
        """The agent's answer to one question; None where it has none or does not come in time."""
        connection = self.fork({"op": "ask", "question": question, "arguments": dict(arguments), "timeout": timeout,
                                "layers": [str(layer) for layer in layers]})
        with connection:
            for event in channel.read(connection, time.monotonic() + timeout):
                if event["event"] == "answer":
                    answer: object = event["answer"]
                    return answer
        return None

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._control.close()

    def close(self) -> None:
        """Ends the zygote and whatever it still has running."""
        self._ready.wait(0.01)
        self._end()
