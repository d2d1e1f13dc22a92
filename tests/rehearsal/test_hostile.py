"""A boot may hang, fork, flood, kill and lie: it ends, it is told truly, nothing of it is left."""

import os
import time
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rehearsal import spec
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Variant

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def boot(rehearser: Rehearser, source: str, *, cold: bool = False) -> Symptom:
    variant = Variant(files={"app/main.py": dedent(source).encode()})
    return rehearser.boot_cold(variant) if cold else rehearser.rehearse(variant)


def lifespan(body: str) -> str:
    lines = "\n".join("    " + line for line in dedent(body).strip().splitlines())
    return (
        "import os, signal, sys, time\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
        f"@asynccontextmanager\nasync def lifespan(app):\n{lines}\n    yield\n\napp = FastAPI(lifespan=lifespan)\n"
    )


def running(mark: str) -> list[str]:
    """Command lines and names of processes that name a mark in their environment or arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in text:
                found.append(folder.name)
    return found


@pytest.fixture(autouse=True)
def nothing_stays(rehearser: Rehearser) -> object:
    """After each test: no process of a boot, no folder of a boot."""
    rehearser.zygote(()).wait()
    before = set(running(str(rehearser.scratch)))
    yield None
    deadline = time.monotonic() + 5
    while (left := set(running(str(rehearser.scratch))) - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left
    assert not list(rehearser.scratch.glob("t[0-9]*"))


@pytest.fixture
def impatient(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> Rehearser:
    monkeypatch.setattr(rehearser, "ground", replace(rehearser.ground, timeout=1.5))
    monkeypatch.setattr(spec, "GRACE", 1.0)
    return rehearser


HANGS = {
    "import": ("import time\ntime.sleep(600)\n", Stage.IMPORT),
    "startup": (lifespan("time.sleep(600)"), Stage.STARTUP),
    "startup, deaf": (
        lifespan("""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
        """),
        Stage.STARTUP,
    ),
    "ready": (
        APP + "import asyncio\n@app.get('/health')\nasync def health():\n    await asyncio.sleep(600)\n",
        Stage.READY,
    ),
}


@pytest.mark.parametrize("where", HANGS)
def test_a_hang_ends_in_time_and_says_where(impatient: Rehearser, where: str) -> None:
    source, stage = HANGS[where]
    started = time.monotonic()
    symptom = boot(impatient, source)
    assert time.monotonic() - started < 8
    assert (symptom.outcome, symptom.stage) == (Outcome.TIMED_OUT, stage), symptom.note


def test_a_real_server_that_hangs_ends_in_time(impatient: Rehearser) -> None:
    impatient.ground = replace(impatient.ground, timeout=4.0)
    symptom = boot(impatient, HANGS["startup, deaf"][0], cold=True)
    assert (symptom.outcome, symptom.stage) == (Outcome.TIMED_OUT, Stage.STARTUP)


def test_a_shutdown_that_never_ends_is_no_failed_start(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "GRACE", 1.0)
    source = (
        "import time\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
        "@asynccontextmanager\nasync def lifespan(app):\n    yield\n    time.sleep(600)\n"
        "app = FastAPI(lifespan=lifespan)\n"
    )
    assert boot(rehearser, source).started
    symptom = boot(rehearser, source, cold=True)
    assert symptom.started, symptom.note


def test_tasks_that_refuse_to_be_cancelled_do_not_hold_a_trial(impatient: Rehearser) -> None:
    symptom = boot(
        impatient,
        lifespan("""
        import asyncio
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(600)
                except asyncio.CancelledError:
                    pass
        app.state.task = asyncio.create_task(stubborn())
        """),
    )
    assert symptom.started, symptom.note


ENDS = {
    "sys.exit in import": ("import sys\nsys.exit(3)\n", Stage.IMPORT),
    "sys.exit with a text": ("import sys\nsys.exit('set SECRET first')\n", Stage.IMPORT),
    "os._exit in import": ("import os\nos._exit(0)\n", Stage.IMPORT),
    "os._exit in startup": (lifespan("os._exit(7)"), Stage.STARTUP),
    "sys.exit in startup": (lifespan("sys.exit(0)"), Stage.STARTUP),
    "its own SIGTERM": (lifespan("os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(2)"), Stage.STARTUP),
    "its group": ("import os, time\nos.kill(0, 15)\ntime.sleep(2)\n", Stage.IMPORT),
    "KeyboardInterrupt": ("raise KeyboardInterrupt\n", Stage.IMPORT),
    "BaseException": ("class Odd(BaseException): ...\nraise Odd('odd')\n", Stage.IMPORT),
    "BaseException in startup": (
        "class Odd(BaseException): ...\n" + lifespan("raise Odd('odd')"), Stage.STARTUP,
    ),
    "SIGSEGV": ("import ctypes\nctypes.string_at(0)\n", Stage.IMPORT),
    "abort": ("import os\nos.abort()\n", Stage.IMPORT),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
def test_a_boot_that_ends_itself_failed(rehearser: Rehearser, how: str) -> None:
    source, stage = ENDS[how]
    symptom = boot(rehearser, source)
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, stage), symptom.note


def test_an_exit_in_a_task_of_its_own_failed(rehearser: Rehearser) -> None:
    symptom = boot(
        rehearser,
        lifespan("""
        import asyncio
        async def check():
            sys.exit("the check failed")
        app.state.task = asyncio.create_task(check())
        await asyncio.sleep(0.2)
        """),
    )
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.STARTUP), symptom.note
    assert symptom.chain[0].type == "SystemExit"


LIES = {
    "its message": "class Odd(Exception):\n    def __str__(self):\n        raise ValueError('no text')\nraise Odd(1)\n",
    "its arguments": "class Bad:\n    def __repr__(self):\n        raise ValueError\nraise RuntimeError(Bad(), Bad())\n",
    "a property": (
        "class Odd(Exception):\n    @property\n    def name(self):\n        raise ValueError\n"
        "    code = path = property(lambda self: 1 / 0)\nraise Odd('x')\n"
    ),
    "its errors": "class Odd(Exception):\n    def errors(self):\n        raise SystemExit\nraise Odd('x')\n",
    "half a character": "raise RuntimeError('\\udcff \\ud800', b'\\xff')\n",
    "a huge number": "class Odd(Exception):\n    code = 10 ** 6000\nraise Odd(10 ** 6000)\n",
    "attributes": "error = RuntimeError('x')\nvars(error)[7] = 1\nerror.deep = [[object()]]\nraise error\n",
    "a loop of causes": "a = RuntimeError('a')\nb = RuntimeError('b')\na.__cause__, b.__cause__ = b, a\nraise a\n",
    "a deep chain": (
        "def fall(depth):\n    try:\n        if depth:\n            fall(depth - 1)\n        raise KeyError(depth)\n"
        "    except Exception as error:\n        raise ValueError(depth) from error\nfall(100)\n"
    ),
    "a group": "class ExceptionGroup(Exception):\n    exceptions = [1, 2]\nraise ExceptionGroup('x')\n",
}


@pytest.mark.parametrize("what", LIES)
def test_an_exception_that_cannot_be_told_is_told_all_the_same(rehearser: Rehearser, what: str) -> None:
    symptom = boot(rehearser, LIES[what])
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.IMPORT), symptom.note
    assert symptom.chain
    repr(symptom).encode()  # whatever was said can be written


BENDS = {
    "closes its streams": "import sys, os\nsys.stdout.close()\nsys.stderr.close()\nos.close(1)\nos.close(2)\n",
    "has no streams": "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None\n",
    "prints bytes": "import os, sys\nos.write(1, bytes(range(256)) * 100)\nprint('\\udcff')\n",
    "changes folder": "import os\nos.chdir('/')\n",
    "bends builtins": "import builtins, sys, os\nbuiltins.print = builtins.input = sys.exit = None\nos._exit = print\n",
    "bends sockets": "import socket\nsocket.socket.sendall = socket.socket.send = socket.socket.recv = None\n",
    "deletes itself": "import os, shutil\nshutil.rmtree(os.path.dirname(os.path.abspath(__file__)))\n",
    "shuts folders": "import os\nos.makedirs('shut/in')\nos.chmod('shut/in', 0)\nos.chmod('shut', 0)\n",
    "ignores signals": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n",
    "leaves threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    "leaves children": (
        "import os, time, subprocess, sys\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(600)\n    os._exit(0)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "subprocess.Popen(['sh', '-c', 'trap \"\" TERM HUP; sleep 600 & sleep 600'])\n"
    ),
    "sends noise": (
        "import os, stat\nfor fd in range(3, 64):\n    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n            os.write(fd, b'\\xff{]\\n7\\n{}\\n')\n"
        "    except OSError:\n        pass\n"
    ),
    "shares memory": "import multiprocessing\nlock = multiprocessing.Lock()\nlock.acquire()\n",
}


@pytest.mark.parametrize("how", BENDS)
def test_a_boot_that_bends_its_process_still_starts(rehearser: Rehearser, how: str) -> None:
    symptom = boot(rehearser, BENDS[how] + APP)
    assert symptom.started, (symptom.note, symptom.chain, symptom.log)


def test_memory_has_a_limit(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "MEMORY_LIMIT", 300 * 1024 * 1024)
    symptom = boot(rehearser, "held = []\nwhile True:\n    held.append(bytearray(10_000_000))\n")
    assert (symptom.outcome, symptom.stage) in (
        (Outcome.LIMIT, Stage.IMPORT), (Outcome.FAILED, Stage.IMPORT)
    ), symptom.note  # fmt: skip
    assert symptom.outcome is Outcome.LIMIT or symptom.chain[0].type == "MemoryError"


def test_forks_that_share_their_memory_do_not_count_it_again(
    rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec, "MEMORY_LIMIT", 500 * 1024 * 1024)
    symptom = boot(
        rehearser,
        (
            "import os, time\nheld = os.urandom(60_000_000)\nfor _ in range(12):\n    if os.fork() == 0:\n"
            "        time.sleep(600)\ntime.sleep(0.3)\n" + APP
        ),
    )
    assert symptom.started, symptom.note


def test_output_has_a_limit_and_is_cut(rehearser: Rehearser) -> None:
    symptom = boot(rehearser, "import sys\nwhile True:\n    sys.stdout.write('x' * 1_000_000)\n")
    assert symptom.outcome is Outcome.LIMIT, symptom.note
    assert "output" in symptom.note
    assert len(symptom.log) < 1_000_000


def test_processes_have_a_limit(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "PROCESS_LIMIT", 20)
    symptom = boot(
        rehearser,
        "import os, time\nfor _ in range(60):\n    if os.fork() == 0:\n        time.sleep(600)\ntime.sleep(600)\n",
    )
    assert symptom.outcome is Outcome.LIMIT, symptom.note
    assert "processes" in symptom.note


def test_a_boot_that_kills_its_parent_kills_no_one_else(rehearser: Rehearser) -> None:
    symptom = boot(rehearser, "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(0.5)\n" + APP)
    # in a namespace it cannot; without one the keeper dies, and nothing is claimed of the project
    assert symptom.started if rehearser.isolation else symptom.outcome is Outcome.BROKEN, symptom.note
    assert boot(rehearser, APP).started


def test_many_boots_leave_no_open_files(rehearser: Rehearser) -> None:
    boot(rehearser, APP)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        assert boot(rehearser, APP).started
    assert len(os.listdir("/proc/self/fd")) <= before + 2
