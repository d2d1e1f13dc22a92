"""Provision: an interpreter with the project's own dependencies, cached by content."""

import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from bootproof.environment import cache as shelf_of
from bootproof.environment.building import Build, build
from bootproof.environment.cache import FRESH, Kept, LockTimeout
from bootproof.environment.inputs import Inputs, inputs_of
from bootproof.environment.installer import Deadline, index_settings
from bootproof.environment.interpreter import Interpreter, borrow, choose, older
from bootproof.environment.local_venv import differences
from bootproof.environment.tree import fingerprint, reader
from bootproof.model.environment import Distribution, Environment, ResolutionFailure
from bootproof.model.project import Project

_FORM = "1"  # of what is kept; raise it when a build gives something else from the same inputs

# What a build says when a library, its headers or a tool of the system is not there.
_MISSED = re.compile(r"pkg-config|pg_config|mysql_config|: not found\b|command not found|\.h: No such file|cannot find -l")
# Images of Python that are not slim come with compilers and the headers of databases.
_BRINGS = re.compile(
    rb"(?im)^\s*FROM\s+(?:\S*/)?python:(?!\S*(?:slim|alpine))\S+|\b(?:apt-get|apt|apk|dnf|yum)\b[^\n]*\s(?:install|add)\b"
)


class _Where(TypedDict):
    """Where interpreters are looked for."""

    image: str
    directory: Path
    environ: Mapping[str, str]
    deadline: Deadline
    cache: Path


@dataclass(frozen=True)
class _Plan:
    """Everything that one environment depends on, and where it is kept."""

    inputs: Inputs
    interpreter: Interpreter
    shelf: Path
    key: str


def provision(
    project: Project,
    *,
    python: Path | None = None,
    progress: Callable[[str], None],
    cache: Path | None = None,
    timeout: float = 600,
    overrides: Mapping[str, bytes] | None = None,
    constraints: Path | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> Environment | ResolutionFailure:
    """The environment of a project, or why its declared dependencies cannot be installed.

    `python` names an interpreter that is used as it is and never changed. `overrides` are contents that stand
    in for files of the tree (mended dependency files), by path relative to the root. `constraints` is a file
    of pins, as pip's `-c`. `timeout` is in seconds and counts for everything together. `progress` is told
    lines for a person. An environment is kept for a week before the index is asked again, longer where the
    index cannot be reached.
    Raises OSError where the cache folder cannot be written.
    """
    environ = os.environ if environ is None else environ
    deadline = Deadline.after(timeout)
    folder = shelf_of.cache_folder(cache, environ)
    if python is not None:
        return borrow(python, directory=project.root, environ=environ, deadline=deadline)
    overrides = overrides or {}
    read = reader(project.root, overrides)
    inputs = inputs_of(project, read, mended=frozenset(overrides))
    if isinstance(inputs, ResolutionFailure):
        return inputs
    requires = _requires(project, overrides)
    where: _Where = {
        "image": project.image, "directory": project.root, "environ": environ, "deadline": deadline, "cache": folder,
    }  # fmt: skip
    interpreter = choose(requires, read, **where)
    if isinstance(interpreter, ResolutionFailure):
        return interpreter
    pins = constraints.read_bytes() if constraints is not None else b""

    def obtain(interpreter: Interpreter) -> Environment | ResolutionFailure:
        key = _key(project.root, inputs, interpreter, pins, overrides, environ)
        plan = _Plan(inputs, interpreter, folder / "environments", key)
        return _obtain(plan, project, overrides, pins, progress, deadline, timeout, environ, clock)

    made = obtain(interpreter)
    stands_in = "; ".join(interpreter.advice)
    if isinstance(made, ResolutionFailure) and made.kind == "build":
        if brought := _brought(made.explanation, project.image, read):
            return replace(made, kind="system", explanation=f"{brought}. {made.explanation}")
        other = older(interpreter, requires, read, **where)
        again = obtain(other) if other is not None else made
        if other is not None and isinstance(again, Environment):
            made, interpreter = again, other
    if isinstance(made, ResolutionFailure):
        # what does not build here may build on the Python that the project names
        elsewhere = bool(stands_in) and made.kind in ("build", "conflict")
        return replace(made, kind="python", explanation=f"{stands_in}. {made.explanation}") if elsewhere else made
    made = replace(made, stands_in=stands_in)
    advice = (*interpreter.advice, *inputs.advice, *made.advice)
    return replace(made, advice=(*advice, *differences(project.root, made)))


def _brought(words: str, image: str, read: Callable[[str], bytes | None]) -> str:
    """That the image brings what a build did not find here, "" where it brings no more than Python or nothing was missed."""
    if not _MISSED.search(words):
        return ""
    for name in filter(None, (image, "Dockerfile")):
        if _BRINGS.search(read(name) or b""):
            return f"`{name}` brings system packages that a build asks for and this machine may lack"
    return ""


def _obtain(
    plan: _Plan,
    project: Project,
    overrides: Mapping[str, bytes],
    pins: bytes,
    progress: Callable[[str], None],
    deadline: Deadline,
    timeout: float,
    environ: Mapping[str, str],
    clock: Callable[[], float],
) -> Environment | ResolutionFailure:
    kept = shelf_of.find(plan.shelf, plan.key, clock=clock)
    if kept is not None and kept.age < FRESH and (found := _recalled(kept)) is not None:
        shelf_of.touch(kept)
        return found

    def waiting() -> None:
        progress("waiting: the same environment is being built by another process")

    try:
        with shelf_of.locked(plan.shelf, plan.key, seconds=deadline.left, waiting=waiting):
            kept = shelf_of.find(plan.shelf, plan.key, clock=clock)
            if kept is not None and kept.age < FRESH and (found := _recalled(kept)) is not None:
                return found
            for shelf in (plan.shelf, plan.shelf.parent / "bytecode"):
                shelf_of.sweep(shelf, clock=clock)
            folder = shelf_of.new_folder(plan.shelf, plan.key, clock=clock)
            made: Environment | ResolutionFailure | None = None
            try:
                with tempfile.TemporaryDirectory(prefix="bootproof-", ignore_cleanup_errors=True) as scratch:
                    order = Build(
                        project.root, plan.inputs, plan.interpreter, pins, overrides, environ, timeout, plan.shelf.parent
                    )
                    made = build(order, folder, Path(scratch).resolve(), progress, deadline)
                if isinstance(made, Environment):
                    shelf_of.complete(folder, _noted(made))
            finally:
                if not isinstance(made, Environment):
                    shutil.rmtree(folder, ignore_errors=True)
    except LockTimeout:
        said = f"another process has been building the same environment for more than {timeout:.0f} s"
        return ResolutionFailure(said, "timeout")
    if isinstance(made, ResolutionFailure) and made.kind == "network" and kept is not None:
        old = _recalled(kept)
        if old is not None:
            days = f"{kept.age / 86400:.0f} days"
            said = f"the package index cannot be reached: these distributions were resolved {days} ago"
            return replace(old, advice=(*old.advice, said))
    assert made is not None
    return made


def _key(
    root: Path,
    inputs: Inputs,
    interpreter: Interpreter,
    pins: bytes,
    overrides: Mapping[str, bytes],
    environ: Mapping[str, str],
) -> str:
    parts: list[bytes | str] = [
        _FORM,
        interpreter.version,
        interpreter.platform,
        str(interpreter.python),
        pins,
    ]
    for path in sorted(inputs.contents):
        parts += [path, inputs.contents[path]]
    parts.append(repr(inputs))  # all but the contents
    parts += [*index_settings(environ), "|", *(environ.get(name, "") for name in inputs.variables)]
    if inputs.whole:
        parts.append(fingerprint(root, overrides))
    return shelf_of.digest(*parts)


def _requires(project: Project, overrides: Mapping[str, bytes]) -> str | None:
    """The Python versions that the project accepts; of a mended pyproject.toml, those that it accepts now."""
    for path, raw in overrides.items():
        if path.rpartition("/")[2] == "pyproject.toml" and any(
            each.path == path for each in project.dependencies
        ):
            try:
                told = tomllib.loads(raw.decode("utf-8-sig")).get("project", {})
            except (ValueError, AttributeError):
                return project.requires_python  # reading the dependencies says so
            return str(told["requires-python"]) if "requires-python" in told else project.requires_python
    return project.requires_python


def _noted(made: Environment) -> dict[str, object]:
    return {
        "python": str(made.python),
        "version": made.version,
        "distributions": [[each.name, each.version, list(each.modules)] for each in made.distributions],
        "site": [str(each) for each in made.site],
        "paths": list(made.paths),
        "advice": list(made.advice),
    }


def _recalled(kept: Kept) -> Environment | None:
    """The environment as noted; None where its interpreter is gone (the machine's Python was upgraded)."""
    noted: Mapping[str, object] = kept.noted
    python = Path(str(noted["python"]))
    if not python.exists():
        return None
    return Environment(
        python,
        str(noted["version"]),
        tuple(_distribution(each) for each in _list(noted["distributions"])),
        tuple(Path(str(each)) for each in _list(noted["site"])),
        advice=tuple(str(each) for each in _list(noted["advice"])),
        paths=tuple(str(each) for each in _list(noted["paths"])),
    )


def _distribution(noted: object) -> Distribution:
    name, version, modules = _list(noted)
    return Distribution(str(name), str(version), tuple(str(each) for each in _list(modules)))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
