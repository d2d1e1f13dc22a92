"""The command line on broken, odd and hostile projects, in namespaces of its own: whatever it leaves behind is seen."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bootproof.model.environment import Environment

from ..rehearsal.conftest import environment as environment
from ..rehearsal.conftest import fingerprint, write

# Runs as the first process of a process namespace: starts the command, signals it, sees who is left after it.
FIRST = """\
import json, os, pathlib, signal, subprocess, sys, time
out, options, command = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], check=True)
with open(out / "stdout", "wb") as stdout, open(out / "stderr", "wb") as stderr:
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL)
    if options["signal"]:
        while options["when"] not in (out / "stderr").read_text() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(options["after"])
        process.send_signal(options["signal"])
    try:
        code = process.wait(options["limit"])
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # faulthandler then shows where it hangs
        code = process.wait()
    seconds = time.monotonic() - begun
deadline = time.monotonic() + 4
while True:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    left = [each for each in os.listdir("/proc") if each.isdigit() and int(each) != os.getpid()]
    if not left or time.monotonic() > deadline:
        break
    time.sleep(0.02)
names = []
for each in left:
    try:
        names.append(open(f"/proc/{each}/cmdline").read().replace(chr(0), " "))
    except OSError:
        pass
(out / "result").write_text(json.dumps({
    "code": code, "seconds": seconds, "processes": names, "memory": os.listdir("/dev/shm"),
}))
"""


@dataclass(frozen=True)
class Done:
    """How one run of the command line ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def report(self) -> Mapping[str, object]:
        found: Mapping[str, object] = json.loads(self.out)
        return found


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, environment: Environment) -> Run:
    """Runs `bootproof` and checks what must hold whatever it was given."""

    def run_one(
        files: Mapping[str, str | bytes] | Path, *options: str, command: str = "audit", python: bool = True,
        signal: int = 0, when: str = "", after: float = 0.0, limit: float = 90.0, leaves: bool = False,
    ) -> Done:  # fmt: skip
        root = files if isinstance(files, Path) else write(tmp_path / "backend", files)
        root.mkdir(exist_ok=True) if not isinstance(files, Path) else None
        before = fingerprint(root) if root.is_dir() else {}
        out, temporary, home = (tmp_path / each for each in ("out", "temporary", "home"))
        for each in (out, temporary, home):
            each.mkdir(exist_ok=True)
        interpreter = ["--python", str(environment.python)] if python else []
        told = {"signal": int(signal), "when": when, "after": after, "limit": limit}
        wrapped = ["unshare", "-mp", "--fork", "--mount-proc", sys.executable, "-c", FIRST, str(out), json.dumps(told)]
        if os.geteuid() != 0:
            wrapped.insert(1, "-Ur")
        done = subprocess.run(
            [*wrapped, str(Path(sys.executable).with_name("bootproof")), command, str(root), *interpreter, *options],
            capture_output=True, text=True, timeout=limit + 30, check=False, cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(temporary), "HOME": str(home), "NO_COLOR": "1", "PYTHONFAULTHANDLER": "1"},
        )  # fmt: skip
        if "unshare failed" in done.stderr:
            pytest.skip("this system allows no namespaces")
        assert done.returncode == 0, done.stderr
        result = json.loads((out / "result").read_text())
        found = Done(result["code"], (out / "stdout").read_text(), (out / "stderr").read_text(), result["seconds"])
        assert (fingerprint(root) if root.is_dir() else {}) == before, "a file of the user's was changed"
        assert "Fatal Python error" not in found.err, found.err
        assert "Traceback" not in found.err
        assert found.err.count("fault[bootproof]") == (found.code == 3)
        assert result["processes"] == [], found
        if not leaves:
            assert result["memory"] == [], found
            assert list(temporary.iterdir()) == [], found
        return found

    return run_one
