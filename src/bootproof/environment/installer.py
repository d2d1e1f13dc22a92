"""Running uv: a child in a process group of its own, with a deadline and an environment made for it."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# What a build of a distribution may need. Everything else of the user's environment stays out: a `setup.py`
# is somebody else's code, and the user's variables hold secrets.
_KEPT = frozenset(
    [
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "TEMP",
        "TMP",
        "NETRC",
        "SHELL",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "SSL_CLIENT_CERT",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "CC",
        "CXX",
        "CPP",
        "AR",
        "LD",
        "CFLAGS",
        "CXXFLAGS",
        "CPPFLAGS",
        "LDFLAGS",
        "LIBRARY_PATH",
        "LD_LIBRARY_PATH",
        "CPATH",
        "C_INCLUDE_PATH",
        "PKG_CONFIG",
        "PKG_CONFIG_PATH",
        "CMAKE_PREFIX_PATH",
        "MACOSX_DEPLOYMENT_TARGET",
        "SDKROOT",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTFLAGS",
        "OPENSSL_DIR",
        "SYSTEMROOT",
    ]
)
# These would lead uv to another project, another interpreter or another place to install to.
_LEADING_ASTRAY = frozenset(
    [
        "UV_PROJECT",
        "UV_PROJECT_ENVIRONMENT",
        "UV_WORKING_DIR",
        "UV_WORKING_DIRECTORY",
        "UV_PYTHON",
        "UV_SYSTEM_PYTHON",
        "UV_TARGET",
        "UV_PREFIX",
        "UV_NO_EDITABLE",
        "UV_FROZEN",
        "UV_LOCKED",
        "UV_NO_SYNC",
        "UV_DEV",
        "UV_NO_DEV",
        "UV_VENV_SEED",
        "UV_VENV_CLEAR",
        "UV_CONSTRAINT",
        "UV_OVERRIDE",
        "UV_EXCLUDE",
        "UV_COMPILE_BYTECODE",
        "UV_REQUIRE_HASHES",
        "UV_PYTHON_DOWNLOADS",
        "UV_MANAGED_PYTHON",
        "UV_NO_PROGRESS",
        "UV_COLOR",
    ]
)
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


@dataclass(frozen=True)
class Ran:
    """How one run of the installer ended."""

    code: int
    output: str
    errors: str
    timed_out: bool = False

    @property
    def well(self) -> bool:
        """Whether it did what it was asked."""
        return self.code == 0 and not self.timed_out


@dataclass(frozen=True)
class Deadline:
    """A moment (of the monotonic clock, in seconds) by which all steps together must be done."""

    end: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.end - time.monotonic())


def variables(
    environ: Mapping[str, str], *, also: Sequence[str] = (), index: Sequence[str] = ()
) -> dict[str, str]:
    """The environment that uv runs with: the allowed part of `environ`, and the variables named by `also`.

    pip's index variables are handed on under uv's names where the user set none of uv's own, because uv reads
    none of pip's configuration (uv documentation, "Compatibility with pip"). `index` are the option lines of
    the project's own files: as with pip, their `--index-url` counts for more than the variable.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name in _KEPT
        or name.startswith(("LC_", "XDG_"))
        or (name.startswith("UV_") and name not in _LEADING_ASTRAY)
        or name in also
    }
    if not any(name in environ for name in _INDEXES):
        named = any(re.match(r"(?:-i|--index-url)\b", each) for each in index)
        if (url := environ.get("PIP_INDEX_URL")) and not named:
            kept["UV_DEFAULT_INDEX"] = url
        if extra := environ.get("PIP_EXTRA_INDEX_URL"):
            kept["UV_INDEX"] = extra
    kept["UV_PYTHON_DOWNLOADS"] = "never"
    kept["UV_NO_PROGRESS"] = "1"
    kept["NO_COLOR"] = "1"
    return kept


def index_settings(environ: Mapping[str, str]) -> list[str]:
    """The settings that decide what an index answers, for a key. They may hold credentials."""
    settings = ("UV_", "PIP_INDEX", "PIP_EXTRA")
    return [f"{name}={environ[name]}" for name in sorted(environ) if name.startswith(settings)]


def run_uv(
    arguments: Sequence[str | Path],
    *,
    directory: Path,
    environ: Mapping[str, str],
    deadline: Deadline,
    line: Callable[[str], None] | None = None,
) -> Ran:
    """Run uv in `directory` and give back how it ended; `line` is told each line of its errors as it comes.

    At the deadline the whole process group is killed. Nothing of it outlives this call.
    """
    import uv  # here, because finding the binary reads the disk

    return run(
        [uv.find_uv_bin(), *arguments], directory=directory, environ=environ, deadline=deadline, line=line
    )


def run(
    argv: Sequence[str | Path],
    *,
    directory: Path,
    environ: Mapping[str, str],
    deadline: Deadline,
    line: Callable[[str], None] | None = None,
) -> Ran:
    """Run a command in a process group of its own; the same promises as `run_uv`."""
    if deadline.left <= 0:
        return Ran(-1, "", "", timed_out=True)
    child = subprocess.Popen(
        [os.fspath(each) for each in argv],
        cwd=directory,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    output: list[str] = []
    errors: list[str] = []
    assert child.stdout is not None
    assert child.stderr is not None
    readers = [
        threading.Thread(target=_drain, args=(child.stdout, output, None), daemon=True),
        threading.Thread(target=_drain, args=(child.stderr, errors, line), daemon=True),
    ]
    for reader in readers:
        reader.start()
    timed_out = True
    try:
        timed_out = not _ends(child, deadline)
    finally:
        _end_group(child)
    for reader in readers:
        reader.join(timeout=5)
    return Ran(child.returncode, "".join(output), "".join(errors), timed_out)


def _drain(stream: IO[str], into: list[str], line: Callable[[str], None] | None) -> None:
    with stream:
        for text in stream:
            into.append(text)
            if line is not None and text.strip():
                line(text.rstrip())


def _ends(child: "subprocess.Popen[str]", deadline: Deadline) -> bool:
    """Whether the child ends in time. It is not reaped yet, so that its number is still its own."""
    pause = 0.0005
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if deadline.left <= 0:
            return False
        time.sleep(min(pause, deadline.left))
        pause = min(pause * 2, 0.02)
    return True


def _end_group(child: "subprocess.Popen[str]") -> None:
    """Kill whatever is left of the child's group, then reap the child."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it left nobody behind (macOS: EPERM)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
