"""A signal ends what runs, and leaves the import system whole."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

LISTENING = """\
import sys, threading, time
from bootproof.cli.signals import Stopped, listen

listen()
try:
    {body}
except (KeyboardInterrupt, Stopped) as stop:
    print(type(stop).__name__, getattr(stop, "number", ""), "slow" in sys.modules)
    thread = threading.Thread(target=__import__, args=("colorsys",), daemon=True)  # waits for ever for a lock left held
    thread.start()
    thread.join(10)
    print("imports" if not thread.is_alive() else "hangs")
"""
SLOW = "import signal, time\nsignal.raise_signal({number})\ntime.sleep(0.05)\nwhole = True\n"


def listening(folder: Path, body: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LISTENING.format(body=body)],
        capture_output=True, text=True, timeout=30, check=True, cwd=folder,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGINT, "KeyboardInterrupt "), (signal.SIGTERM, "Stopped 15"), (signal.SIGHUP, "Stopped 1")]
)
def test_a_module_that_is_being_imported_is_imported_first(tmp_path: Path, number: int, said: str) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(number=int(number)))
    assert listening(tmp_path, "import slow; time.sleep(10)") == [f"{said} True", "imports"]


def test_elsewhere_it_comes_at_once(tmp_path: Path) -> None:
    began = "import signal; signal.raise_signal(2); import colorsys"
    assert listening(tmp_path, began) == ["KeyboardInterrupt  False", "imports"]


def test_one_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import signal; from bootproof.cli.signals import listen\n"
         "signal.signal(signal.SIGHUP, signal.SIG_IGN); listen(); signal.raise_signal(signal.SIGHUP); print('goes on')"],
        capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "goes on\n"
