"""Help that teaches, pages of rules, and a start that costs nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bootproof
from bootproof.cli.group import COMMANDS
from bootproof.cli.main import run


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name}" in out for name in COMMANDS) and "Exit codes:" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_name_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert re.search(rf"^ +bootproof {name}", capsys.readouterr().out, re.MULTILINE)


def test_every_command_is_a_file_of_its_own() -> None:
    folder = Path(bootproof.__file__).parent / "cli"
    assert all((folder / f"{name}.py").is_file() for name in COMMANDS)


def test_the_version_is_said_without_loading_what_it_does_not_need() -> None:
    code = (
        "import sys; sys.argv = ['bootproof', '--version']\n"
        "from bootproof.cli.main import main; main()\n"
        "heavy = {'click', 'asyncio', 'bootproof.model', 'bootproof.report', 'bootproof.audit', 'libcst'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"bootproof {bootproof.__version__}\n"


def test_help_loads_neither_rules_nor_audit() -> None:
    code = (
        "import sys; from bootproof.cli.main import run; run(['audit', '--help'])\n"
        "assert not {'bootproof.audit.api', 'bootproof.rules.registry', 'libcst'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


@pytest.mark.parametrize("asked", ["BP000", "bp000", "000", "undiagnosed", "Undiagnosed"])
def test_a_rule_is_found_by_code_digits_or_name(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", asked]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# BP000 undiagnosed\n") and "## What happens" in out


def test_a_rule_that_is_near_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "undiagnosd"]) == 2
    assert "no rule `undiagnosd`; near: `BP000` undiagnosed" in capsys.readouterr().err


def test_where_nothing_is_near_the_list_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "zzzzzzzz"]) == 2
    assert "all of them: bootproof rules" in capsys.readouterr().err


def test_every_rule_is_listed_once_and_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    codes = re.findall(r"^  (BP\d{3})  ", capsys.readouterr().out, re.MULTILINE)
    assert "BP000" in codes and len(codes) == len(set(codes)) and codes == sorted(codes)
    for code in codes:
        assert run(["explain", code]) == 0
