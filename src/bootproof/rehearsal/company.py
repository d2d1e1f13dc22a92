"""What several audits share: a database server, and zygotes that have imported the large third-party modules.

An audit by itself needs none of it. Whoever audits many projects one after another (tests, benchmarks, a fleet of
repositories) saves each time what does not depend on the project: the server's start, and the imports of what the
same environment holds.
"""

import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from bootproof.model.environment import Environment
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.needs import process_variables
from bootproof.rehearsal.scratch import make_scratch
from bootproof.rehearsal.zygote import Zygote

KEPT = 6  # zygotes at a time: each holds some 100 MB

Kind = tuple[Path, tuple[Path, ...], tuple[str, ...], str]


class Company:
    """State: servers by the extensions that they have, zygotes by what they have imported. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[frozenset[str], Postgres] = {}
        self._zygotes: dict[Kind, Zygote] = {}
        self._scratch = make_scratch()
        for name in ("empty", "home/tmp"):
            (self._scratch / name).mkdir(parents=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def server(self, extensions: frozenset[str]) -> Postgres:
        """The running server with these extensions; started in the background where it is the first time."""
        with self._lock:
            if extensions not in self._servers:
                self._servers[extensions] = Postgres(extensions=extensions, lasting=True).start(self._scratch)
            return self._servers[extensions]

    def zygote(
        self, environment: Environment, layers: tuple[Path, ...], modules: tuple[str, ...], isolation: str
    ) -> Zygote:
        """One that has imported the packages of these modules, without their submodules, and nothing else.

        Raises ZygoteFailed.
        """
        packages = tuple(sorted({each.partition(".")[0] for each in modules}))
        kind = (environment.python, layers, packages, isolation)
        with self._lock:
            found = self._zygotes.pop(kind, None)
            if found is None or not found.is_ready:
                found = Zygote(
                    environment, layers, packages, isolation=isolation, scratch=self._scratch,
                    variables=process_variables(environment.python, self._scratch / "home", "127.0.0.1"),
                )  # fmt: skip
            self._zygotes[kind] = found  # the last is the one used last
            while len(self._zygotes) > KEPT:
                self._zygotes.pop(next(iter(self._zygotes))).close()
        return found.wait()

    def close(self) -> None:
        """Ends everything and removes the scratch."""
        with self._lock:
            for zygote in self._zygotes.values():
                zygote.close()
            for server in self._servers.values():
                server.stop()
            self._zygotes.clear()
            self._servers.clear()
            shutil.rmtree(self._scratch, ignore_errors=True)
