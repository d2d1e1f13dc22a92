"""Ends that fail or never come: the same fault in other words, and what resembles it."""

from pathlib import Path

import pytest

from bootproof.model.symptom import Held
from bootproof.rules.shutdown import cancelled_task_awaited, thread_keeps_process
from tests.rules.mending import failed, own, said, stopping

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
LOOP = "def work():\n    while True:\n        pass\n\n\n"
CANCELLED = "asyncio.exceptions.CancelledError"


def kept(line: int) -> Held:
    return Held("thread", "Thread-1", "threading.Thread", (own("main.py", 3),), (own("main.py", line),))


@pytest.mark.parametrize(
    ("started", "after"),
    [
        ("threading.Thread(target=work).start()", "threading.Thread(target=work, daemon=True).start()"),
        ("t = threading.Thread(target=work, daemon=False)\n    t.start()", "threading.Thread(target=work, daemon=True)\n"),
        ("t = Thread(\n        target=work,\n    )\n    t.start()", "daemon=True"),
    ],
)
@pytest.mark.parametrize("loop", [LOOP, LOOP.replace("pass", "break")], ids=["endless", "left"])
def test_a_thread_becomes_a_daemon(tmp_path: Path, started: str, after: str, loop: str) -> None:
    source = f"import threading\nfrom threading import Thread\n{APP}\n{loop}def begin():\n    {started}\n"
    (found,), changed = said(tmp_path, thread_keeps_process, stopping(held=(kept(source.count("\n")),)), {"main.py": source})
    assert after in changed["main.py"]
    assert found.line == source.count("\n")


def test_a_timer_and_a_task_are_left_to_a_person(tmp_path: Path) -> None:
    source = f"import threading\n{APP}\ndef begin():\n    threading.Timer(9, begin).start()\n"
    task = Held("task", "Task-1", "", (own("main.py", 3),))
    (_found,), changed = said(tmp_path, thread_keeps_process, stopping(held=(kept(6), task)), {"main.py": source})
    assert not changed


@pytest.mark.parametrize("module", ["import asyncio", "import asyncio as aio", "from contextlib import suppress\nimport asyncio"])
def test_the_error_of_a_cancelled_task_is_suppressed(tmp_path: Path, module: str) -> None:
    name = "aio" if "aio" in module.split() else "asyncio"
    source = f"{module}\n{APP}\nasync def life(app):\n    task = {name}.create_task(f())\n    yield\n    task.cancel()\n    await task\n"
    line = source.count("\n")
    failure = failed(CANCELLED, own("main.py", line, "life"), bases=("BaseException",))
    (found,), changed = said(tmp_path, cancelled_task_awaited, stopping(failure), {"main.py": source})
    assert found.line == line
    assert f"    with suppress({name}.CancelledError):\n        await task\n" in changed["main.py"]


def test_an_end_that_somebody_else_cancelled_is_another_matter(tmp_path: Path) -> None:
    source = f"import asyncio\n{APP}\nasync def life(app):\n    yield\n    await asyncio.sleep(9)\n"
    failure = failed(CANCELLED, own("main.py", 7, "life"), bases=("BaseException",))
    findings, _ = said(tmp_path, cancelled_task_awaited, stopping(failure), {"main.py": source})
    assert not findings
