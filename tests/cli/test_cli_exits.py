"""Exit codes, and what goes to stdout and what to stderr."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bootproof.cli.main import run

from . import fake_audit

SECRET = fake_audit.samples.PASSWORD


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, named from the folder above it; faults go to a cache of this test."""
    (tmp_path / "my backend").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "my backend"


def use(monkeypatch: pytest.MonkeyPatch, ending: str, **more: object) -> list[fake_audit.Options]:
    asked: list[fake_audit.Options] = []
    made = fake_audit.module(ending, asked, **more)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "bootproof.audit.api", made)
    return asked


AUDIT_CODES = {
    "healthy": 0,
    "advice": 0,
    "broken": 1,
    "placeholder": 1,
    "usage": 2,
    "crash": 3,
    "unproved": 4,
    "interrupt": 130,
}
FIX_CODES = {
    "healthy": 0,
    "advice": 0,
    "broken": 1,
    "mendable": 1,
    "placeholder": 1,
    "usage": 2,
    "crash": 3,
    "unproved": 4,
}


@pytest.mark.parametrize(("ending", "code"), AUDIT_CODES.items())
def test_audit_ends_with_the_code_of_its_answer(
    ending: str, code: int, backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, ending)
    assert run(["audit", "my backend"]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err and SECRET not in out + err
    assert bool(out) == (code in (0, 1, 4))


@pytest.mark.parametrize(("ending", "code"), FIX_CODES.items())
def test_fix_ends_with_the_code_of_what_it_leaves(
    ending: str, code: int, backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, ending)
    assert run(["fix", "my backend"]) == code


def test_unsafe_fixes_make_it_start(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = use(monkeypatch, "mendable")
    assert run(["fix", "--unsafe", "--advice", "my backend"]) == 0
    assert asked[0].unsafe and asked[0].advice
    out, err = capsys.readouterr()
    assert "backups" in out and "after it: starts" in out and "what remains" not in out
    assert "bootproof undo 'my backend'" in err


def test_fix_says_what_remains_and_where_the_backups_are(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "mendable")
    run(["fix", "my backend"])
    out = capsys.readouterr().out
    assert ".bootproof/backups/1/.env" in out and "needs --unsafe" in out


def test_a_diff_is_the_only_data_and_leaves_the_code_of_the_audit(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "mendable")
    assert run(["fix", "--diff", "--unsafe", "my backend"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("--- a/.env\n") and SECRET not in out
    assert "would change" in err and "undo" not in err


def test_a_fault_of_ours_is_one_line_and_a_file(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "crash")
    assert run(["audit", "-q", "my backend"]) == 3
    err = capsys.readouterr().err
    file = Path(err.rsplit(": ", 1)[1].strip())
    assert err.startswith("fault[bootproof]: RuntimeError: lost the zygote") and len(err.splitlines()) == 2
    text = file.read_text()
    assert "Traceback" in text and "fake_audit" in text and SECRET not in text + err


def test_a_fault_is_told_where_no_cache_can_be_written(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (backend.parent / "cache").write_text("a file where the folder should be")
    use(monkeypatch, "crash")
    assert run(["audit", "-q", "my backend"]) == 3
    assert Path(capsys.readouterr().err.rsplit(": ", 1)[1].strip()).is_file()


def test_quiet_leaves_only_the_data(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "broken")
    run(["audit", "--quiet", "my backend"])
    out, err = capsys.readouterr()
    assert "verdict: fails" in out and err == ""


def test_json_on_stdout_is_json_whatever_is_said_beside_it(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "broken")
    run(["audit", "--format", "json", "my backend"])
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "fails"
    assert (
        err.count("import: trial") == 1 and "***" in err and "next: bootproof fix 'my backend' --diff" in err
    )


def test_output_goes_to_the_file_and_not_to_stdout(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "broken")
    assert run(["audit", "--format", "markdown", "--output", "AUDIT.md", "my backend"]) == 1
    assert capsys.readouterr().out == ""
    assert Path("AUDIT.md").read_text(encoding="utf-8").startswith("# Stability audit")


def test_undo_prints_what_it_put_back(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "healthy", restored=(".env", "a.py"))
    assert run(["undo", "my backend"]) == 0
    assert capsys.readouterr().out == ".env\na.py\n"
    use(monkeypatch, "healthy")
    assert run(["undo", "my backend"]) == 0
    assert capsys.readouterr() == ("", "nothing to undo\n")


def command(ending: str, *arguments: str) -> list[str]:
    return [sys.executable, str(Path(fake_audit.__file__)), ending, *arguments]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_what_runs_and_shows_no_traceback(
    number: signal.Signals, code: int, backend: Path
) -> None:
    process = subprocess.Popen(command("wait", "audit", str(backend)), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    seen = ""
    while "now waiting" not in seen:
        seen += process.stderr.readline()
    process.send_signal(number)
    rest = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert "cleaned up" in rest and "stopped" in rest and "Traceback" not in rest


@pytest.mark.parametrize("arguments", [("audit", "."), ("fix", "--diff", ".")])
def test_a_reader_that_goes_away_is_no_fault(arguments: tuple[str, ...], backend: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("broken", *arguments),
        cwd=backend,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr


def test_help_into_a_closed_pipe_is_quiet(backend: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("broken", "--help"), stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_unread_progress_does_not_end_an_audit(backend: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("healthy", "audit", "."),
        cwd=backend,
        stderr=write,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.returncode == 0 and "verdict: starts" in done.stdout


def test_a_terminal_without_unicode_gets_a_drawing_all_the_same(backend: Path) -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        command("broken", "audit", "."), cwd=backend, env=env, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert "+-----+" in done.stdout.decode("ascii") and "^     v" in done.stdout.decode("ascii")
