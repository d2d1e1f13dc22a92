"""Boots copies of one project: the scratch, the zygotes, the database and the cells behind one object."""

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bootproof.model.environment import Environment
from bootproof.model.masking import known_secrets, mask
from bootproof.model.project import HealthCheck, PrestartCommand, Project, StartCommand, Target
from bootproof.model.symptom import Symptom
from bootproof.rehearsal import channel, sandbox, symptoms
from bootproof.rehearsal.company import Company
from bootproof.rehearsal.database.server import Server
from bootproof.rehearsal.databases import Databases
from bootproof.rehearsal.errors import DatabaseLost, RehearsalError, ZygoteFailed
from bootproof.rehearsal.namesakes import found_first, own_names
from bootproof.rehearsal.needs import Needs, addresses, hosts_file, own_addresses, process_variables
from bootproof.rehearsal.scratch import copy_project, keep_bytecode, make_scratch, output_of, remove, write_files
from bootproof.rehearsal.zygote import AGENT, Zygote
from bootproof.rehearsal.zygotes import Zygotes

OUTPUT_LIMIT = 32 * 1024 * 1024
MEMORY_LIMIT = 3 * 1024 * 1024 * 1024
PROCESS_LIMIT = 128
LOG_KEPT = 1024 * 1024  # bytes of output that are read back
ASKING = 90.0  # seconds for the questions that a cold boot is asked once it answers
GRACE = 10.0  # seconds that a real server has to stop after SIGTERM: what `docker stop` gives it


@dataclass(frozen=True)
class Variant:
    """What one boot differs by: mended files, added layers, stand-ins, how the database answers TLS."""

    files: Mapping[str, bytes | None] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    layers: tuple[Path, ...] = ()
    added: frozenset[str] = frozenset()  # top-level import names that the layers bring
    stand_ins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    environment: Environment | None = None  # another than the project's own
    tls: str = "accept"
    certificate: str = "right"
    target: Target | None = None  # these where the mended files say something else than the project's
    start: StartCommand | None = None
    prestart: tuple[PrestartCommand, ...] | None = None
    health: HealthCheck | None = None
    variables: Mapping[str, str] | None = field(default=None, repr=False)  # that the start is given


@dataclass(frozen=True)
class Probes:
    """What a boot is asked: fixed requests, whether each route is asked once, whether a trial is stopped in order.

    A cold boot always is.
    """

    requests: tuple[Mapping[str, Any], ...] = ()
    routes: bool = False
    shutdown: bool = False
    health: str | None = None


class Rehearser:
    """State: a scratch folder, a private copy, zygotes, a database server. Use it as a context manager."""

    def __init__(
        self,
        project: Project,
        environment: Environment,
        target: Target,
        needs: Needs,
        variables: Mapping[str, str],
        *,
        timeout: float,
        allowed: tuple[str, ...] = (),
        database: Server | None = None,
        secrets: tuple[str, ...] = (),
        company: Company | None = None,
    ) -> None:
        """Starts nothing. `database` takes the embedded server's place; `secrets` are masked beside the project's;
        `company` holds what several audits share.
        """
        self.project = project
        self.environment = environment
        self.target = target
        self.needs = needs
        self.timeout = timeout
        self.real = False  # every trial is to be a real server: one in the process itself has shown something else
        self.isolation = "" if allowed else sandbox.isolation()
        self.allowed = allowed
        self._variables = dict(variables)
        self._secrets = (*secrets, *known_secrets(project.settings))
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._running = 0
        self._cells: set[int] = set()
        self._closed = False
        self.scratch = make_scratch()
        self.trials = 0
        for name in ("empty", "home/tmp"):
            (self.scratch / name).mkdir(parents=True)
        self.base = self.scratch / "base"
        lent = company.server(needs.extensions) if company is not None and database is None else None
        self._databases = Databases(self.scratch, needs, database or lent, lent=lent is not None)
        start = project.start
        reserved = own_names(project.root, dict.fromkeys((*target.path, *(start.path if start else ()))))
        self._found_first = found_first(reserved, start)
        self._zygotes = Zygotes(
            isolation=self.isolation,
            scratch=self.scratch,
            variables={**process_variables(environment.python, self.scratch / "home", "127.0.0.1"), **self._variables},
            # what a library reads from its environment while it is imported is the project's own
            company=company if not self._variables else None,
            reserved=reserved,
        )
        self._copied: tuple[str, ...] = ()
        self._hosts = self.scratch / "hosts"
        self._hosts.write_text(hosts_file(needs.every_host, "127.0.0.1"))
        self._open = sandbox.open_folders(self.scratch) if self.isolation else ()
        self._overlays = bool(self.isolation) and sandbox.overlays(self.isolation, self.scratch / "tried")

    def __enter__(self) -> "Rehearser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, modules: tuple[str, ...], late: tuple[str, ...] = ()) -> None:
        """Starts the database and the first zygote in the background, and makes the private copy meanwhile.

        `modules` are imported by the first zygote; `late` by those that are grown once a layer brings them.
        """
        self._databases.start()
        if self._found_first:  # nothing may be loaded that looked for one of them before the project was there
            modules = late = ()
        self._zygotes.open(self.environment, modules, late)
        self._copied = copy_project(self.project.root, self.base)

    def mask(self, text: str) -> str:
        """The text without any secret of the project, and without paths of this machine that say nothing of it."""
        for folder in (str(self.environment.python.parent.parent), str(self.scratch)):
            text = text.replace(folder, "…")
        text = text.replace(f"{self.project.root}/", "")
        return mask(text, self._secrets)

    @property
    def server_place(self) -> str:
        """The database server that connections are led to, as a message names it."""
        return self._databases.place

    @property
    def notes(self) -> tuple[str, ...]:
        """What boots could not show because of the database server."""
        return self._databases.notes

    def zygote(
        self,
        layers: tuple[Path, ...],
        added: frozenset[str] = frozenset(),
        environment: Environment | None = None,
    ) -> Zygote:
        """A zygote for trials with these layers."""
        return self._zygotes.zygote(environment or self.environment, layers, added)

    def ask(
        self,
        question: str,
        arguments: Mapping[str, Any],
        layers: tuple[Path, ...] = (),
        environment: Environment | None = None,
        added: frozenset[str] = frozenset(),
    ) -> object:
        """The interpreter's answer to one question, with these layers in reach."""
        zygote = self._zygotes.zygote(environment or self.environment, layers, added, grow=False)
        return zygote.ask(question, arguments, layers)

    # boots

    def rehearse(self, variant: Variant, probes: Probes | None = None) -> Symptom:
        """One trial in a fork of a zygote. Raises RehearsalError for our own reasons."""
        try:
            return self._rehearse(variant, probes)
        except DatabaseLost:  # the proxy has learned from it: whose password we do not know is let in
            return self._rehearse(variant, probes)

    def _rehearse(self, variant: Variant, probes: Probes | None) -> Symptom:
        started = time.monotonic()
        probes = probes or Probes()
        zygote = self.zygote(variant.layers, variant.added, variant.environment).wait()
        environment = variant.environment or self.environment
        with self._trial(variant, environment, cold=False) as (spec, cell):
            spec["routes"] = probes.routes
            if probes.routes and spec["target"]["interface"] == "wsgi":
                # no server of WSGI's tells what its application raised: it is called in the trial itself, where the
                # server would look for it
                spec["served"] = False
                path = (spec["target"]["directory"], *spec["target"]["path"], *(variant.target or self.target).path)
                spec["target"]["path"] = list(dict.fromkeys(path))
            spec["shutdown"] = probes.shutdown
            spec["health"] = probes.health or spec["health"]
            connection = zygote.fork({"op": "trial", "spec": spec})
            return self._listen(connection, spec, cell, started, served=spec["served"])

    def boot_cold(self, variant: Variant, probes: Probes | None = None) -> Symptom:
        """One real server in processes of its own, asked over HTTP. Raises RehearsalError for our own reasons."""
        try:
            return self._boot_cold(variant, probes)
        except DatabaseLost:
            return self._boot_cold(variant, probes)

    def _boot_cold(self, variant: Variant, probes: Probes | None) -> Symptom:
        started = time.monotonic()
        environment = variant.environment or self.environment
        probes = probes or Probes()
        with self._trial(variant, environment, cold=True) as (spec, cell):
            spec["probes"] = True
            spec["requests"] = [dict(each) for each in probes.requests]
            spec["routes"] = probes.routes
            spec["health"] = probes.health or spec["health"]
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            process = subprocess.Popen(
                [str(environment.python), "-I", str(AGENT), "warden", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=dict(spec["env"]),
            )
            theirs.close()
            try:
                with self._lock:
                    self._cells.add(process.pid)
                    self._still_open()
                assert process.stdin is not None
                with contextlib.suppress(BrokenPipeError):  # it ended already; its silence tells
                    process.stdin.write(json.dumps(spec).encode())
                    process.stdin.close()
                return self._listen(ours, spec, cell, started, served=True)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                with self._lock:
                    self._cells.discard(process.pid)

    @contextlib.contextmanager
    def _trial(self, variant: Variant, environment: Environment, *, cold: bool) -> Any:
        self._still_open()
        number = next(self._numbers)
        folder = self.scratch / f"t{number}"
        for name in ("upper", "work", "own/home/tmp", "shade"):
            (folder / name).mkdir(parents=True)
        root = self.project.root.absolute()
        if self._overlays:
            write_files(folder / "upper", dict(variant.files))
        else:
            tree = folder / "own" / "tree"
            shutil.copytree(self.base, tree, symlinks=True)
            write_files(tree, dict(variant.files))
            root = root if self.isolation else tree
        cell = self._databases.cell(number, tls=variant.tls, certificate=variant.certificate)
        with self._lock:
            self._running += 1
            self.trials += 1
        try:
            yield self._spec(variant, environment, folder, root, cell.lead(bool(self.isolation)), cold=cold), cell
        finally:
            cell.close()
            with self._lock:
                self._running -= 1
                if self._running == 0 and self._overlays and not cold:
                    keep_bytecode(folder / "upper", self.base, frozenset(variant.files))
            remove(folder)

    def _spec(
        self, variant: Variant, environment: Environment, folder: Path, root: Path, lead: str, *, cold: bool
    ) -> dict[str, Any]:
        target = variant.target or self.target
        command = variant.start or self.project.start
        health = variant.health or self.project.health
        port = target.port or 8000
        directory, path = target.directory, target.path
        own_start = command is not None and self._own_start(command, variant, environment)
        if own_start and command is not None:
            argv, directory, path = list(command.argv), command.directory, command.path
            port = command.port or 0
        else:
            if not self.isolation:
                port = _free_port()
            argv = self._plain(target, port)
        own = folder / "own"
        variables = {
            **process_variables(environment.python, own / "home", lead),
            **(command.variables if command is not None else {}),
            **(self._variables if variant.variables is None else variant.variables),
            **variant.stand_ins,
        }
        trusted = self._databases.trusted()
        if trusted:
            (own / "trusted.pem").write_bytes(trusted)
            variables["SSL_CERT_FILE"] = str(own / "trusted.pem")
        return {
            "root": str(root),
            "base": str(self.base),
            "upper": str(folder / "upper"),
            "work": str(folder / "work"),
            "scratch": str(own),
            "shade": str(folder / "shade"),
            "open": list(self._open),
            "output": str(own / "output"),
            "hosts_file": str(self._hosts),
            "isolation": self.isolation,
            "lead": lead,
            "tree": str(own / "tree") if self.isolation and not self._overlays else "",
            "memory_folder": sandbox.memory_folder(
                (root, environment.python, *environment.site, *environment.layers, *variant.layers)
            )
            if self.isolation
            else "",
            "addresses": [*addresses(self.needs.every_host), *(own_addresses() if own_start else ())],
            "ports": sorted(self._databases.ports()),
            "hosts": sorted(self.needs.every_host),
            "allowed": list(self.allowed),
            "layers": [str(layer) for layer in (*environment.layers, *variant.layers)],
            "gone": [path for path, content in variant.files.items() if content is None],
            "found_first": sorted(self._found_first),
            "env": variables,
            "target": {
                "module": target.module,
                "attribute": target.attribute,
                "directory": directory,
                "path": list(dict.fromkeys((*path, *environment.paths))),
                "call": target.call,
                "interface": target.interface,
            },
            "prestart": [
                {"argv": list(each.argv), "directory": each.directory, "hidden": self._hidden(each, environment)}
                for each in (self.project.prestart if variant.prestart is None else variant.prestart)
            ],
            "argv": argv,
            "own_start": own_start,
            "served": own_start or self.real,
            "port": port,
            "probes": False,
            "grace": GRACE,
            "asking": ASKING,
            "timeout": self.timeout,
            "memory": MEMORY_LIMIT,
            "output_limit": OUTPUT_LIMIT,
            "processes": PROCESS_LIMIT,
            "health": health.path if health is not None else None,
        }

    def _plain(self, target: Target, port: int) -> list[str]:
        """How a project is started that does not say more than what its application is."""
        argv = ["uvicorn", target.spec, "--host", "127.0.0.1", "--port", str(port)]
        if target.call:
            argv.append("--factory")
        if target.interface == "wsgi":
            argv += ["--interface", "wsgi"]
        return argv if self.isolation else [*argv, "--loop", "asyncio"]

    def _own_start(self, command: StartCommand, variant: Variant, environment: Environment) -> bool:
        """Whether the project's own command is run: it says more than what the application is, or nothing brings it."""
        if command.program == "python" or self._brings(variant, environment, command.program):
            return command.runs
        return not command.based

    def _brings(self, variant: Variant, environment: Environment, program: str) -> bool:
        """Whether the environment of this boot has the server that a command names."""
        return program in variant.added or any(program in each.modules for each in environment.distributions)

    def _hidden(self, command: PrestartCommand, environment: Environment) -> list[str]:
        """Folders that the server's command puts on the module path, and a console script does not.

        None where anything that says how to start names PYTHONPATH: then it holds for both.
        """
        told = [each for each in (*command.evidence, *self.target.evidence) if each.file]
        files = {self.project.root / str(each.file) for each in told}
        if "PYTHONPATH" in self._variables or any(
            b"PYTHONPATH" in each.read_bytes() for each in files if each.is_file()
        ):
            return []
        return [each for each in self.target.path if each not in environment.paths]

    def _listen(
        self, connection: socket.socket, spec: Mapping[str, Any], cell: Any, started: float, *, served: bool
    ) -> Symptom:
        events: list[channel.Event] = []
        deadline = time.monotonic() + self.timeout + GRACE + 10.0 + (ASKING + GRACE if served else 0.0)
        with connection:
            for event in channel.read(connection, deadline):
                if event["event"] == "listening":
                    cell.serve(dict(zip(event["ports"], event.pop("sockets"), strict=True)))
                if event["event"] == "imported" and not self._found_first:
                    self._zygotes.learn(event["modules"])
                events.append(event)
        symptom = symptoms.build(
            events,
            output_of(Path(spec["output"]), LOG_KEPT),
            self.mask,
            served=served,
            seconds=time.monotonic() - started,
            argv=next((tuple(each["argv"]) for each in events if each["event"] == "instead"), tuple(spec["argv"])),
        )
        if symptom.started:
            return replace(symptom, tables=cell.tables())
        lost = cell.broken()
        if lost:
            raise DatabaseLost(f"A service of the rehearsal turned the project away: {lost}")
        return replace(symptom, sandboxed=symptom.sandboxed or cell.distrusted()) if symptom.chain else symptom

    def _still_open(self) -> None:
        if self._closed:
            raise RehearsalError("The audit was ended")

    def close(self) -> None:
        """Ends everything that was started, removes the scratch; may be called again, and while boots are running."""
        with self._lock:
            first, self._closed = not self._closed, True
            cells = tuple(self._cells)
        self._zygotes.close()
        for pid in cells:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if not self.isolation:
            end_all_of(self.scratch)
        if first:
            self._databases.close()
        if self.scratch.exists():
            remove(self.scratch)


def end_all_of(scratch: Path) -> None:
    """Ends what outlived its keeper: processes whose environment names this scratch as their home."""
    mark = f"HOME={scratch}/".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # gone, or another user's
            if any(each.startswith(mark) for each in (folder / "environ").read_bytes().split(b"\0")):
                os.kill(int(folder.name), signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


__all__ = ["Probes", "RehearsalError", "Rehearser", "Variant", "ZygoteFailed"]
