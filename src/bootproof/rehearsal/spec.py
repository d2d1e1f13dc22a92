"""What the agent is told of one boot: a value that goes over its pipe as JSON. Also what a boot is allowed."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bootproof.model.environment import Environment
from bootproof.model.project import PrestartCommand, Project, StartCommand, Target
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.needs import SERVER_PORT, addresses, own_addresses, process_variables
from bootproof.rehearsal.variant import Variant

OUTPUT_LIMIT = 32 * 1024 * 1024
MEMORY_LIMIT = 3 * 1024 * 1024 * 1024
PROCESS_LIMIT = 128
ASKING = 90.0  # seconds for the questions that a cold boot is asked once it answers
GRACE = 10.0  # seconds that a real server has to stop after SIGTERM: what `docker stop` gives it


@dataclass(frozen=True)
class Ground:
    """What all boots of one project have in common. `base` is its private copy, `timeout` is in seconds."""

    project: Project
    target: Target
    base: Path
    variables: Mapping[str, str] = field(repr=False)
    every_host: frozenset[str]
    hosts_file: Path
    found_first: tuple[str, ...]
    isolation: str
    overlays: bool
    open_folders: tuple[str, ...]
    allowed: tuple[str, ...]
    timeout: float


@dataclass(frozen=True)
class Place:
    """Where one boot happens: its own folder, its project's root, where connections are led to, whom TLS may trust."""

    folder: Path
    root: Path
    lead: str
    ports: tuple[int, ...]
    trusted: bytes


def within(root: Path, environment: Environment) -> list[str]:
    """The environment's folders that lie in the project's own, `.venv` above all: the copy that covers it has none of them."""
    python = environment.python
    found: list[Path] = []
    for folder in (python.parent.parent, python.parent, *environment.site, *environment.layers):
        for each in (folder, folder.resolve()):  # the project, or `.venv`, may be a link
            if root in each.parents and each.is_dir() and not any(each.is_relative_to(one) for one in found):
                found.append(each)
    return [str(each) for each in found]


def spec_of(ground: Ground, variant: Variant, environment: Environment, place: Place, *, real: bool) -> dict[str, Any]:
    """What the agent is told. `real`: even a trial is a real server. Writes the certificate that the boot trusts."""
    target = variant.target or ground.target
    command = variant.start or ground.project.start
    health = variant.health or ground.project.health
    port = target.port or SERVER_PORT
    directory, path = target.directory, target.path
    own_start = command is not None and _own_start(command, variant, environment)
    if own_start and command is not None:
        argv, directory, path = list(command.argv), command.directory, command.path
        port = command.port or 0
    else:
        if not ground.isolation:
            port = _free_port()
        argv = _plain(target, port, isolated=bool(ground.isolation))
    own = place.folder / "own"
    variables = {
        **process_variables(environment.python, own / "home", place.lead),
        **(command.variables if command is not None else {}),
        **(ground.variables if variant.variables is None else variant.variables),
        **variant.stand_ins,
    }
    if place.trusted:
        (own / "trusted.pem").write_bytes(place.trusted)
        variables["SSL_CERT_FILE"] = str(own / "trusted.pem")
    layers = (*environment.layers, *variant.layers)
    memory = sandbox.memory_folder((place.root, environment.python, *environment.site, *layers)) if ground.isolation else ""
    return {
        "root": str(place.root),
        "base": str(ground.base),
        "upper": str(place.folder / "upper"),
        "work": str(place.folder / "work"),
        "scratch": str(own),
        "shade": str(place.folder / "shade"),
        "open": list(ground.open_folders),
        "kept": within(place.root, environment) if ground.isolation else [],
        "output": str(own / "output"),
        "hosts_file": str(ground.hosts_file),
        "isolation": ground.isolation,
        "lead": place.lead,
        "tree": str(own / "tree") if ground.isolation and not ground.overlays else "",
        "memory_folder": memory,
        "addresses": [*addresses(ground.every_host), *(own_addresses() if own_start else ())],
        "ports": list(place.ports),
        "hosts": sorted(ground.every_host),
        "allowed": list(ground.allowed),
        "layers": [str(layer) for layer in layers],
        "gone": [path for path, content in variant.files.items() if content is None],
        "found_first": list(ground.found_first),
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
            {"argv": list(each.argv), "directory": each.directory, "hidden": _hidden(ground, each, environment)}
            for each in (ground.project.prestart if variant.prestart is None else variant.prestart)
        ],
        "argv": argv,
        "own_start": own_start,
        "served": own_start or real,
        "port": port,
        "probes": False,
        "grace": GRACE,
        "asking": ASKING,
        "timeout": ground.timeout,
        "memory": MEMORY_LIMIT,
        "output_limit": OUTPUT_LIMIT,
        "processes": PROCESS_LIMIT,
        "health": health.path if health is not None else None,
    }


def _plain(target: Target, port: int, *, isolated: bool) -> list[str]:
    """How a project is started that does not say more than what its application is."""
    argv = ["uvicorn", target.spec, "--host", "127.0.0.1", "--port", str(port)]
    if target.call:
        argv.append("--factory")
    if target.interface == "wsgi":
        argv += ["--interface", "wsgi"]
    return argv if isolated else [*argv, "--loop", "asyncio"]


def _own_start(command: StartCommand, variant: Variant, environment: Environment) -> bool:
    """Whether the project's own command is run: it says more than what the application is, or nothing brings it."""
    if command.program == "python" or _brings(variant, environment, command.program):
        return command.runs
    return not command.based


def _brings(variant: Variant, environment: Environment, program: str) -> bool:
    """Whether the environment of this boot has the server that a command names."""
    return program in variant.added or any(program in each.modules for each in environment.distributions)


def _hidden(ground: Ground, command: PrestartCommand, environment: Environment) -> list[str]:
    """Folders that the server's command puts on the module path, and a console script does not.

    None where anything that says how to start names PYTHONPATH: then it holds for both.
    """
    told = [each for each in (*command.evidence, *ground.target.evidence) if each.file]
    files = {ground.project.root / str(each.file) for each in told}
    if "PYTHONPATH" in ground.variables or any(b"PYTHONPATH" in each.read_bytes() for each in files if each.is_file()):
        return []
    return [each for each in ground.target.path if each not in environment.paths]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
