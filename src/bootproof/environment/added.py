"""What must be added to an environment so that extra requirements hold."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from bootproof.environment import cache as shelf_of
from bootproof.environment.bytecode import compile_all
from bootproof.environment.cache import FRESH, Kept, LockTimeout
from bootproof.environment.distributions import distributions_of
from bootproof.environment.failure import failure_of
from bootproof.environment.inputs import Inputs, inputs_of
from bootproof.environment.installer import Deadline, Ran, index_settings, run_uv, variables
from bootproof.environment.layer import Layer
from bootproof.environment.tree import copy, reader
from bootproof.model.environment import Distribution, Environment, ResolutionFailure
from bootproof.model.project import Project

_FORM = "1"
_ASKED = ".bootproof-added.txt"
_BASE = ".bootproof-base.txt"
_LOCAL_LINKS = re.compile(r"^(-f|--find-links)(?:\s+|=)(?!\w+://)(\S+)$")


def added(
    environment: Environment,
    requirements: Sequence[str],
    *,
    project: Project | None = None,
    progress: Callable[[str], None] = lambda line: None,
    cache: Path | None = None,
    timeout: float = 300,
    constraints: Path | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> Layer | ResolutionFailure:
    """The layer that satisfies `requirements` on top of `environment`, whose own versions stay as they are.

    Where they cannot stay, the answer is a ResolutionFailure of kind `conflict`: provision the mended project
    as a whole then. A requirement that already holds gives a layer without distributions. `project` says
    which indexes its files name; `timeout` is in seconds. Raises OSError where the cache cannot be written.
    """
    environ = os.environ if environ is None else environ
    deadline = Deadline.after(timeout)
    installed = {each.name: each.version for each in environment.distributions}
    installed |= {each.name: each.version for each in distributions_of(environment.layers)}
    inputs = _inputs(project)
    pins = constraints.read_bytes() if constraints is not None else b""
    base = "".join(f"{name}=={version}\n" for name, version in sorted(installed.items()))
    key = shelf_of.digest(
        *[_FORM, environment.version, str(environment.python), base, "|", *sorted(requirements), "|"],
        *[*inputs.index, "|"],
        *[pins, *inputs.contents.values(), b"|"],
        *index_settings(environ),
    )
    shelf = shelf_of.cache_folder(cache, environ) / "layers"
    kept = shelf_of.find(shelf, key, clock=clock)
    if kept is not None and kept.age < FRESH:
        shelf_of.touch(kept)
        return _recalled(kept)
    try:
        with shelf_of.locked(
            shelf,
            key,
            seconds=deadline.left,
            waiting=lambda: progress("waiting: the same layer is being built"),
        ):
            kept = shelf_of.find(shelf, key, clock=clock)
            if kept is not None and kept.age < FRESH:
                return _recalled(kept)
            shelf_of.sweep(shelf, clock=clock)
            folder = shelf_of.new_folder(shelf, key, clock=clock)
            made: Layer | ResolutionFailure | None = None
            try:
                with tempfile.TemporaryDirectory(prefix="bootproof-") as scratch:
                    place = Path(scratch).resolve()
                    if project is not None:
                        place = copy(project.root, place, {}, inputs.contents, whole=False) / inputs.directory
                        place.mkdir(parents=True, exist_ok=True)
                    work = _Work(
                        environment,
                        inputs,
                        project,
                        place,
                        variables(environ, also=inputs.variables, index=inputs.index),
                        deadline,
                        timeout,
                    )
                    progress(f"adding {', '.join(requirements)}")
                    made = work.layer(folder, requirements, installed, base, pins)
                if isinstance(made, Layer):
                    shelf_of.complete(folder, _noted(made))
            finally:
                if not isinstance(made, Layer):
                    shutil.rmtree(folder, ignore_errors=True)
    except LockTimeout:
        return ResolutionFailure(
            f"another process has been adding the same for more than {timeout:.0f} s", "timeout"
        )
    if isinstance(made, ResolutionFailure) and made.kind == "network" and kept is not None:
        return _recalled(kept)
    assert made is not None
    return made


class _Work:
    """One layer being made: guards the place where uv runs."""

    def __init__(
        self,
        environment: Environment,
        inputs: Inputs,
        project: Project | None,
        place: Path,
        environ: dict[str, str],
        deadline: Deadline,
        seconds: float,
    ) -> None:
        self.environment = environment
        self.inputs = inputs
        self.root = project.root if project is not None else None
        self.place = place
        self.environ = environ
        self.deadline = deadline
        self.seconds = seconds
        if inputs.pip:
            environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")

    def layer(
        self, folder: Path, requirements: Sequence[str], installed: Mapping[str, str], base: str, pins: bytes
    ) -> Layer | ResolutionFailure:
        """Resolve with the installed versions as constraints, then install what is not there."""
        target = folder / "site"
        target.mkdir()
        index = [self._absolute(line) for line in self.inputs.index]
        (self.place / _ASKED).write_text("\n".join([*index, *requirements]) + "\n", encoding="utf-8")
        (self.place / _BASE).write_text(base, encoding="utf-8")
        limits: list[str] = ["-c", _BASE]
        if pins:
            (self.place / "given.txt").write_bytes(pins)
            limits += ["-c", "given.txt"]
        python = self.environment.python
        ran = self._uv(
            *("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", str(python)),
            *(*self.inputs.options, *limits, _ASKED),
        )
        if not ran.well:
            return self._failure(ran, conflict=True)
        new = [line for line in _resolved(ran.output) if _name_of(line) not in installed]
        if new:
            (self.place / _ASKED).write_text("\n".join([*index, *new]) + "\n", encoding="utf-8")
            ran = self._uv(
                *("pip", "install", "--quiet", "--no-deps", "--python", str(python)),
                *(*self.inputs.options, "--target", str(target), "-r", _ASKED),
            )
            if not ran.well:
                return self._failure(ran, conflict=False)
            cache = folder.parent.parent.parent
            compile_all(target, python, self.environment.version, cache, self.environ, self.deadline)
        return Layer(target, distributions_of((target,)))

    def _uv(self, *arguments: str | Path) -> Ran:
        return run_uv(arguments, directory=self.place, environ=self.environ, deadline=self.deadline)

    def _failure(self, ran: Ran, *, conflict: bool) -> ResolutionFailure:
        paths = {
            f"{self.place}/": "",
            str(self.place): ".",
            _ASKED: "the added requirement",
            _BASE: "what is installed",
        }
        secrets = (self.environ.get(name, "") for name in self.inputs.variables)
        paths |= {secret: "***" for secret in secrets if len(secret) > 3}
        failure = failure_of(ran, paths=paths, seconds=self.seconds)
        if (
            conflict
            and failure.kind == "not-found"
            and any(self.environment.distribution(name) is not None for name in failure.names)
        ):
            return replace(failure, kind="conflict")
        return failure

    def _absolute(self, line: str) -> str:
        match = _LOCAL_LINKS.match(line)
        if match is None or self.root is None:
            return line
        return f"{match.group(1)} {self.root / self.inputs.directory / match.group(2)}"


def _inputs(project: Project | None) -> Inputs:
    if project is None:
        return Inputs()
    inputs = inputs_of(project, reader(project.root, {}))
    # unreadable files name no index; provisioning the project has said that they cannot be read
    return Inputs() if isinstance(inputs, ResolutionFailure) else inputs


def _resolved(output: str) -> list[str]:
    lines = [line.strip() for line in output.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _name_of(line: str) -> str:
    return str(canonicalize_name(re.split(r"[\s=@\[;]", line, maxsplit=1)[0]))


def _noted(layer: Layer) -> dict[str, object]:
    return {"distributions": [[each.name, each.version, list(each.modules)] for each in layer.distributions]}


def _recalled(kept: Kept) -> Layer:
    noted = kept.noted["distributions"]
    assert isinstance(noted, list)
    found = tuple(Distribution(name, version, tuple(modules)) for name, version, modules in noted)
    return Layer(kept.folder / "site", found)
