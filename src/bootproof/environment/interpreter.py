"""Which interpreter a project is rehearsed with."""

import json
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bootproof.environment.cache import digest
from bootproof.environment.distributions import distributions_of
from bootproof.environment.foreign import Untranslatable, specifier
from bootproof.environment.installer import Deadline, run, run_uv, variables
from bootproof.model.environment import Environment, ResolutionFailure

_OLDEST = (3, 9)  # what the part of a rehearsal that runs inside the project's interpreter is written for
_DOCKER = re.compile(rb"(?im)^\s*FROM\s+(?:--\S+\s+)?(?:\S*/)?(?:python:|\S+:\S*?python)(\d+\.\d+)")
_ARGUMENT = re.compile(rb"(?im)^\s*ARG\s+(\w+)=[\"']?([^\s\"']+)")
_USED = re.compile(rb"\$\{?(\w+)\}?")
_ASK = """
import json, site, sys, sysconfig
folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
folders += getattr(site, "getsitepackages", list)()
print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:3])),
    "executable": sys.executable,
    "platform": sysconfig.get_platform() + "-" + sys.implementation.name,
    "site": [each for each in dict.fromkeys(folders) if each],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter of this machine. `platform` tells apart what cannot share compiled distributions."""

    python: Path
    version: str
    platform: str
    advice: tuple[str, ...] = ()

    @property
    def minor(self) -> tuple[int, int]:
        """(3, 11)"""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


def running() -> Interpreter:
    """The interpreter that bootproof itself runs on."""
    import sysconfig

    return Interpreter(
        Path(sys.executable),
        platform.python_version().rstrip("+"),
        f"{sysconfig.get_platform()}-{sys.implementation.name}",
    )


def choose(
    requires: str | None,
    read: Callable[[str], bytes | None],
    *,
    image: str = "",
    directory: Path,
    environ: Mapping[str, str],
    deadline: Deadline,
    cache: Path,
) -> Interpreter | ResolutionFailure:
    """The interpreter that the project asks for, or the running one where that satisfies `requires`.

    A version that a Dockerfile, `.python-version` or `runtime.txt` names is used if this machine has it;
    nothing is downloaded. `image` is the Dockerfile that counts before others. If this machine has it not, the running
    interpreter stands in and the advice says so.
    """
    try:
        # Poetry writes `^3.11`, which is no specifier of PEP 440
        allowed = SpecifierSet(specifier(requires or "*"))
    except (InvalidSpecifier, Untranslatable):
        said = f"`requires-python` is not a version specifier: `{requires}`"
        return ResolutionFailure(said, "unreadable")
    own = running()
    wanted, source = _named(read, image)
    if wanted is not None and not allowed.contains(
        f"{wanted}.99" if wanted.count(".") == 1 else wanted, True
    ):
        wanted = None  # the two contradict each other; what an installer would refuse decides
    fits = allowed.contains(own.version, prereleases=True)
    if fits and (wanted is None or _is(own.version, wanted)):
        return own
    found = _find(wanted, directory, environ, deadline, cache) if wanted else None
    if found is None and requires and not fits:
        found = _oldest(allowed, directory, environ, deadline, cache)
    if found is not None and found.minor >= _OLDEST and allowed.contains(found.version, prereleases=True):
        return found
    if fits:
        said = (
            f"`{source}` names Python {wanted}, which this machine lacks: rehearsed with Python {own.version}"
        )
        return Interpreter(own.python, own.version, own.platform, (said,))
    asked = (
        f"Python {wanted} (`{source}`), within `requires-python` {requires}"
        if wanted
        else f"Python {requires}"
    )
    said = (
        f"the project needs {asked}, and this machine has none that fits: bootproof runs on {own.version}. "
        "Looked in: the search path, uv's own interpreters, and those of pyenv, mise and asdf. "
        "Next: install one, or name one with --python"
    )
    return ResolutionFailure(said, "python")


def older(
    than: Interpreter,
    requires: str | None,
    read: Callable[[str], bytes | None],
    *,
    image: str = "",
    directory: Path,
    environ: Mapping[str, str],
    deadline: Deadline,
    cache: Path,
) -> Interpreter | None:
    """The oldest interpreter of this machine that the project accepts, where it accepts several and names none."""
    if requires is None or than.advice or _named(read, image)[0] is not None:
        return None
    found = _oldest(SpecifierSet(specifier(requires)), directory, environ, deadline, cache)
    if found is None or found.minor >= than.minor:
        return None
    said = f"what is declared cannot be installed with Python {than.version}: rehearsed with Python {found.version}"
    return Interpreter(found.python, found.version, found.platform, (said,))


def borrow(
    python: Path, *, directory: Path, environ: Mapping[str, str], deadline: Deadline
) -> Environment | ResolutionFailure:
    """The environment behind an interpreter that the user named: run once, isolated; never changed."""
    known = ask(python, directory=directory, environ=environ, deadline=deadline)
    if isinstance(known, str):
        return ResolutionFailure(f"`{python}` does not answer as a Python interpreter: {known}", "python")
    interpreter, site = known
    # Not resolved: the interpreter of a venv is a symlink, and resolving it would leave the venv.
    return Environment(python.absolute(), interpreter.version, distributions_of(site), site, borrowed=True)


def ask(
    python: Path, *, directory: Path, environ: Mapping[str, str], deadline: Deadline
) -> tuple[Interpreter, tuple[Path, ...]] | str:
    """The interpreter and its site folders as it tells them itself, or what went wrong."""
    try:
        ran = run(
            [python.absolute(), "-I", "-c", _ASK],
            directory=directory,
            environ=variables(environ),
            deadline=Deadline(min(deadline.end, Deadline.after(60).end)),
        )
    except OSError as error:
        return error.strerror or str(error)
    if ran.timed_out:
        return "no answer in time"
    try:
        told = json.loads(ran.output.strip().splitlines()[-1])
        interpreter = Interpreter(python.absolute(), str(told["version"]), str(told["platform"]))
        return interpreter, tuple(Path(each) for each in told["site"] if Path(each).is_dir())
    except (ValueError, IndexError, KeyError, TypeError):
        last = (ran.errors or ran.output).strip().splitlines()[-1:] or [f"exit code {ran.code}"]
        return last[0]


def _named(read: Callable[[str], bytes | None], image: str) -> tuple[str | None, str]:
    """The version that the project's deployment names, and the file: what runs in production comes first."""
    for name in filter(None, (image, "Dockerfile", "docker/Dockerfile")):
        matches = _of_images(read(name) or b"")
        if matches:
            return matches[-1].decode(), name  # the last stage is the one that runs
    for name in (".python-version", "runtime.txt"):
        lines = [line.split(b"#")[0].strip() for line in (read(name) or b"").splitlines()]
        for line in filter(None, lines):
            match = re.fullmatch(rb"(?:(?:c?python)-?)?(\d+\.\d+(?:\.\d+)?)", line)
            return (match.group(1).decode() if match else None), name
    return None, ""


def _of_images(text: bytes) -> list[bytes]:
    """The versions that the images of a Dockerfile's stages have, its arguments filled in."""
    told = dict(_ARGUMENT.findall(text))
    return _DOCKER.findall(_USED.sub(lambda used: told.get(used[1], used[0]), text))


def _is(version: str, wanted: str) -> bool:
    """Same minor version: a patch release that is not there is no reason to fail (PEP 387)."""
    return version.split(".")[:2] == wanted.split(".")[:2]


def _oldest(
    allowed: SpecifierSet, directory: Path, environ: Mapping[str, str], deadline: Deadline, cache: Path
) -> Interpreter | None:
    """The oldest that is allowed: what a project pins was there when that was new."""
    for minor in range(_OLDEST[1], 30):
        found = _find(f"3.{minor}", directory, environ, deadline, cache) if allowed.contains(f"3.{minor}.99", True) else None
        if found is not None and allowed.contains(found.version, prereleases=True):
            return found
    return _find(str(allowed), directory, environ, deadline, cache)


def _find(
    request: str, directory: Path, environ: Mapping[str, str], deadline: Deadline, cache: Path
) -> Interpreter | None:
    """An interpreter of this machine that answers uv's request, remembered while its file is unchanged."""
    if re.fullmatch(r"\d+\.\d+\.\d+", request):
        request = request.rpartition(".")[0]
    memory = cache / "interpreters.json"
    try:
        remembered = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        remembered = {}
    key = f"{request} {_machine(environ)}"
    if key in remembered and (known := _known(remembered[key])) is not False:
        return known
    ran = run_uv(
        ["python", "find", request, "--system", "--no-project", "--no-config"],
        directory=directory,
        environ=variables({**environ, "PATH": os.pathsep.join([environ.get("PATH", ""), *map(str, _managed(environ))])}),
        deadline=deadline,
    )
    if ran.timed_out:
        return None
    found = None
    if ran.well and ran.output.strip():
        path = Path(ran.output.strip().splitlines()[-1])
        answer = ask(path, directory=directory, environ=environ, deadline=deadline)
        found = None if isinstance(answer, str) else answer[0]
    remembered[key] = found and [str(found.python), _changed(found.python), found.version, found.platform]
    cache.mkdir(parents=True, exist_ok=True)
    # a name of its own, for two audits may come here at once
    draft = memory.with_name(f"interpreters.{os.getpid()}.new")
    draft.write_text(json.dumps(remembered), encoding="utf-8")
    draft.replace(memory)
    return found


def _known(remembered: object) -> Interpreter | Literal[False] | None:
    """The interpreter as remembered, None where there was none, False where the memory no longer holds."""
    if remembered is None:
        return None
    if isinstance(remembered, list) and len(remembered) == 4:
        python, changed, version, platform_name = remembered
        if _changed(Path(python)) == changed:
            return Interpreter(Path(python), version, platform_name)
    return False


def _managed(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where pyenv, mise and asdf keep interpreters; the newest of each first.

    On the search path they have only stand-ins, which refuse where no file of theirs chooses the version.
    """
    home = Path(environ.get("HOME", "") or "/")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    kept = (
        Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions",
        Path(environ.get("MISE_DATA_DIR") or data / "mise") / "installs/python",
        Path(environ.get("ASDF_DATA_DIR") or home / ".asdf") / "installs/python",
    )
    found = [each / "bin" for folder in kept if folder.is_dir() for each in folder.iterdir() if (each / "bin").is_dir()]
    return tuple(sorted(found, key=lambda each: [int(part) for part in re.findall(r"\d+", each.parent.name)], reverse=True))


def _machine(environ: Mapping[str, str]) -> str:
    """Changes when an interpreter is installed: a folder that uv searches then has a new entry."""
    folders = [Path(each) for each in environ.get("PATH", "").split(os.pathsep) if each]
    data = environ.get("XDG_DATA_HOME") or f"{environ.get('HOME', '')}/.local/share"
    folders.append(Path(environ.get("UV_PYTHON_INSTALL_DIR") or f"{data}/uv/python"))
    folders += _managed(environ)
    return digest(*(f"{folder} {_changed(folder)}" for folder in folders))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
