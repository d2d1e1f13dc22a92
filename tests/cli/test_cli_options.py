"""What is asked for reaches the audit; what is wrong is named before anything runs."""

import sys
from pathlib import Path

import pytest

from bootproof.cli.main import run

from . import fake_audit


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[fake_audit.Options]:
    """The options that a fake audit is given, run in a folder with a few files."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.env", "two.env", "pins.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "backend").mkdir()
    found: list[fake_audit.Options] = []
    monkeypatch.setitem(sys.modules, "bootproof.audit.api", fake_audit.module("healthy", found))
    return found


def test_every_option_reaches_the_audit(asked: list[fake_audit.Options], tmp_path: Path) -> None:
    words = (
        "--app src.main:app --env-file one.env --env-file two.env --env A=b=c --env EMPTY= --timeout 2.5 "
        "--database postgresql://u:p@h/d --select 2,bp101 --select 503 --ignore BP9,2 --ignore ,4 "
        "--allow api.pay.example --allow [::1]:8080 --constraints pins.txt --no-color"
    )
    code = run(["audit", "backend", "--python", sys.executable, *words.split()])
    assert code == 0
    assert asked == [
        fake_audit.Options(
            root=(tmp_path / "backend").resolve(),
            app="src.main:app",
            python=Path(sys.executable).absolute(),
            env_files=(tmp_path / "one.env", tmp_path / "two.env"),
            env={"A": "b=c", "EMPTY": ""},
            database="postgresql://u:p@h/d",
            select=("2", "BP101", "BP503"),
            ignore=("9", "2", "4"),
            timeout=2.5,
            allow=("api.pay.example", "[::1]:8080"),
            constraints=tmp_path / "pins.txt",
        )
    ]


def test_this_folder_is_the_default(asked: list[fake_audit.Options], tmp_path: Path) -> None:
    assert run(["audit"]) == 0
    assert asked[0].root == tmp_path.resolve() and asked[0].timeout > 0 and asked[0].python is None


def test_a_database_may_come_from_the_environment(
    asked: list[fake_audit.Options], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOTPROOF_DATABASE", "postgresql://u:p@h/d")
    run(["audit"])
    assert asked[0].database == "postgresql://u:p@h/d"


def test_a_virtual_environment_is_its_interpreter_and_not_where_that_links_to(
    asked: list[fake_audit.Options], tmp_path: Path
) -> None:
    (tmp_path / "v" / "bin").mkdir(parents=True)
    (tmp_path / "v" / "bin" / "python").symlink_to(sys.executable)
    assert run(["audit", "--python", "v"]) == 0
    assert asked[0].python == tmp_path / "v" / "bin" / "python"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "nowhere"], "`nowhere` does not exist"),
        (["audit", "one.env"], "`one.env` is a file"),
        (["audit", "--env", "hunter2"], "KEY=VALUE"),
        (["audit", "--env", "1 x=hunter2"], "KEY=VALUE"),
        (["audit", "--database", "hunter2"], "postgresql://USER:PASSWORD@HOST/DATABASE"),
        (["audit", "--python", "no-such-python"], "`no-such-python` is no interpreter"),
        (["audit", "--env-file", "missing.env"], "missing.env"),
        (["audit", "--select", "BP20"], "`BP20` is neither a code"),
        (["audit", "--ignore", "circular"], "`circular` is neither a code"),
        (["audit", "--timeout", "0"], "0"),
        (["audit", "--allow", "https://api.pay.example/x"], "HOST or HOST:PORT"),
        (["audit", "--output", "backend"], "is a folder"),
        (["audit", "--output", "no/where.md"], "does not exist"),
        (["audit", "--format", "xml"], "xml"),
        (["audit", "--unsafe"], "--unsafe"),
        (["adit"], "no command `adit`; near: `audit`"),
        (["undo", "nowhere"], "`nowhere` does not exist"),
    ],
)
def test_wrong_usage_is_named_before_anything_runs(
    arguments: list[str], said: str, asked: list[fake_audit.Options], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert said in err and out == "" and asked == []
    assert "hunter2" not in err and "Traceback" not in err
