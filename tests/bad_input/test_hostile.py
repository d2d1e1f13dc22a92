"""Whole audits of backends that hang, fork, flood and kill: a verdict in time, one clear finding, nothing left."""

import pytest

from .conftest import Run

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
LIFESPAN = (
    "import os, signal, time\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
    "@asynccontextmanager\nasync def lifespan(app):\n    {before}\n    yield\n    {after}\n"
    "app = FastAPI(lifespan=lifespan)\n"
)

BROKEN = {
    "import ends the process": ("import os\nos._exit(0)\n" + APP, "exit code 0"),
    "startup hangs": (LIFESPAN.format(before="time.sleep(600)", after=""), "waits for `time.sleep`"),
    "floods its output": ("while True:\n    print('x' * 100_000)\n", "output"),
    "an exception without a text": (
        "class Odd(BaseException):\n    def __str__(self):\n        raise ValueError\nraise Odd\n", "Odd",
    ),
    "ends its group": (LIFESPAN.format(before="os.kill(0, 15); time.sleep(3)", after=""), "SIGTERM"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_start_is_one_blocker(run: Run, how: str) -> None:
    source, said = BROKEN[how]
    done = run({"main.py": source}, "--app", "main:app", "--timeout", "5", "--quiet")
    assert done.code == 1, done
    assert said in done.out
    assert done.err == ""
    assert done.seconds < 100


FINE = {
    "leaves children": (
        "import os, subprocess\nsubprocess.Popen(['sh', '-c', 'trap \"\" TERM; sleep 600'], start_new_session=True)\n"
        "if os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(600)\n" + APP
    ),
    "never stops": LIFESPAN.format(before="pass", after="time.sleep(600)"),
    "kills its parent": "import os\nos.kill(os.getppid(), 9)\n" + APP,
    "bends its process": (
        "import os, sys\nos.write(1, bytes(range(256)))\nos.chdir('/')\nsys.exit = None\n"
        "os.unlink(__file__)\nsys.stdout.close()\n" + APP
    ),
}


@pytest.mark.parametrize("how", FINE)
def test_an_odd_start_is_a_start(run: Run, how: str) -> None:
    done = run({"main.py": FINE[how]}, "--app", "main:app", "--timeout", "20", "--format", "json", "--quiet")
    assert done.report["verdict"] == "starts", done
    assert done.code in (0, 1), done
    assert not [each for each in done.report["findings"] if each["severity"] == "blocker"]  # type: ignore[attr-defined]
