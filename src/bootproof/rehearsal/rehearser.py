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
from dataclasses import replace
from pathlib import Path
from typing import Any

from bootproof.model.environment import Environment
from bootproof.model.masking import known_secrets, mask
from bootproof.model.project import Project, Target
from bootproof.model.symptom import Symptom
from bootproof.rehearsal import channel, sandbox, symptoms
from bootproof.rehearsal.company import Company
from bootproof.rehearsal.database.server import Server
from bootproof.rehearsal.databases import Databases
from bootproof.rehearsal.errors import DatabaseLost, RehearsalError
from bootproof.rehearsal.namesakes import found_first, own_names
from bootproof.rehearsal.needs import Needs, hosts_file, process_variables
from bootproof.rehearsal.scratch import copy_project, keep_bytecode, make_scratch, output_of, remove, write_files
from bootproof.rehearsal.spec import ASKING, GRACE, Ground, Place, spec_of
from bootproof.rehearsal.variant import Probes, Variant
from bootproof.rehearsal.zygote import AGENT, Zygote
from bootproof.rehearsal.zygotes import Zygotes

LOG_KEPT = 1024 * 1024  # bytes of output that are read back


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
        hosts = self.scratch / "hosts"
        hosts.write_text(hosts_file(needs.every_host, "127.0.0.1"))
        self._overlays = bool(self.isolation) and sandbox.overlays(self.isolation, self.scratch / "tried")
        self.ground = Ground(
            project=project,
            target=target,
            base=self.base,
            variables=self._variables,
            every_host=needs.every_host,
            hosts_file=hosts,
            found_first=tuple(sorted(self._found_first)),
            isolation=self.isolation,
            overlays=self._overlays,
            open_folders=sandbox.open_folders(self.scratch) if self.isolation else (),
            allowed=allowed,
            timeout=timeout,
        )

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
            place = Place(
                folder, root, cell.lead(bool(self.isolation)), tuple(sorted(self._databases.ports())), self._databases.trusted()
            )
            yield spec_of(self.ground, variant, environment, place, real=self.real), cell
        finally:
            cell.close()
            with self._lock:
                self._running -= 1
                if self._running == 0 and self._overlays and not cold:
                    keep_bytecode(folder / "upper", self.base, frozenset(variant.files))
            remove(folder)

    def _listen(
        self, connection: socket.socket, spec: Mapping[str, Any], cell: Any, started: float, *, served: bool
    ) -> Symptom:
        events: list[channel.Event] = []
        deadline = time.monotonic() + self.ground.timeout + GRACE + 10.0 + (ASKING + GRACE if served else 0.0)
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
