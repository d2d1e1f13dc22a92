"""What is no project, or not one alone: one clear message, exit code 2."""

import os
import signal
from pathlib import Path

import pytest

from .conftest import Run

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def test_a_path_that_does_not_exist(run: Run, tmp_path: Path) -> None:
    done = run(tmp_path / "nothing here")
    assert done.code == 2
    assert "does not exist" in done.err


def test_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    done = run(tmp_path / "main.py")
    assert done.code == 2
    assert "is a file" in done.err


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "is empty"),
        ({"notes.txt": "x"}, "no Python file"),
        ({"lib.py": "def helper():\n    return 1\n"}, "--app"),
    ],
)
def test_no_application(run: Run, files: dict[str, str], said: str) -> None:
    done = run(files)
    assert done.code == 2
    assert said in done.err
    assert "application" in done.err or "folder" in done.err


def test_two_applications(run: Run) -> None:
    files = {"shop.py": APP, "admin.py": APP}
    done = run(files)
    assert done.code == 2
    assert "`shop:app`" in done.err and "`admin:app`" in done.err
    assert run(files, "--app", "shop:app").code == 0


def test_an_application_that_is_not_there(run: Run) -> None:
    done = run({"main.py": APP}, "--app", "main:other")
    assert done.code in (1, 2), done
    assert "other" in done.err + done.out


def test_odd_files_around_it(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "backend"
    root.mkdir()
    (root / "main.py").write_text(APP)
    (root / "latin.py").write_bytes(b"# caf\xe9\n")
    (root / "zero.py").write_bytes(b"\0\0\0")
    (root / "half.py").write_text("def broken(:\n")
    (root / "deep.py").write_text("x = " + "(" * 5000 + ")" * 5000 + "\n")
    (root / ".env").write_bytes(b"A=\xff\xfe\nB\n=c\n\0\n")
    (root / "requirements.txt").write_bytes(b"fastapi\n\xff\xfe\n")
    (root / "pyproject.toml").write_text("[project\n")
    (root / "docker-compose.yml").write_text("a: [\n")
    (root / "Dockerfile").write_bytes(b"\xff\n")
    (root / "round").symlink_to("round")
    (root / "up").symlink_to("..")
    (root / "lost.py").symlink_to("nowhere.py")
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / ".env.local")
    done = run(root)
    assert done.code in (0, 1, 4), done


def test_syntax_errors(run: Run) -> None:
    done = run({"main.py": "from other import x\n" + APP, "other.py": "x = (\n\ndef f(:\n    pass\n"})
    assert done.code == 1, done
    assert "other.py" in done.out


def test_another_python(run: Run) -> None:
    done = run(
        {"main.py": APP, "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.99'\n"},
        python=False,
    )
    assert done.code in (1, 4), done
    assert "3.99" in done.out


def test_an_install_that_fails(run: Run) -> None:
    done = run({"main.py": APP, "requirements.txt": "./wheels/gone-1.0-py3-none-any.whl\n"}, python=False)
    assert done.code in (1, 4), done
    assert "gone" in done.out


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 2.0])  # it is read, made ready, copied, started
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_a_signal_midway_leaves_nothing(run: Run, number: int, after: float) -> None:
    source = "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)\n"
    done = run({"main.py": source + APP}, signal=number, when="main:app", after=after)
    assert done.code == 128 + number, done
    assert "stopped" in done.err
    assert done.out == ""
    assert done.seconds < 30


def test_a_killed_audit_leaves_no_process(run: Run) -> None:
    done = run(
        {"main.py": "import time\ntime.sleep(600)\n" + APP},
        signal=signal.SIGKILL,
        when="main:app",
        after=2.0,
        leaves=True,
    )
    assert done.code == -signal.SIGKILL
