"""What the README says is so: every command in it is run, every option and exit code is the program's own.

The two commands that install are run by `.ci/run`, and those of a container engine where there is one.
Audits without constraints, as a user runs them: the package index is needed where nothing is cached.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import jsonschema
import pytest

from bootproof.cli.main import run
from tests.conftest import EXAMPLES, HERE, tree

README = (HERE / "README.md").read_text()
BLOCKS = [
    [line for line in block.splitlines() if line]
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
]
SERVING = [line for block in BLOCKS for line in block if line.endswith("bootproof serve")]
INSTALLING = [line for block in BLOCKS for line in block if "pip install" in line and line not in SERVING]
CONTAINER = [block for block in BLOCKS if block[0].startswith("podman ")]
USING = [block for block in BLOCKS if block[0].startswith("bootproof ")]
# All others end with 0. The reference case does not start before `fix --unsafe`.
ENDS = {"audit": 1, "fix": 1}


def ends(command: str) -> int:
    return 0 if "--unsafe" in command else ENDS.get(shlex.split(command)[1], 0)


def copy_backend(folder: Path) -> Path:
    source = EXAMPLES / "reference" / "backend"
    left_out = shutil.ignore_patterns("__pycache__", ".bootproof")
    return Path(shutil.copytree(source, folder / "backend", ignore=left_out))


def small_backend(folder: Path) -> Path:
    """One fault, for commands that only look: an audit of the reference case takes several times as long."""
    (folder / "backend" / "src").mkdir(parents=True)
    (folder / "backend" / "requirements.txt").write_text("fastapi\nuvicorn\n")
    (folder / "backend" / "src" / "main.py").write_text("from fastapi import FastAPI, Rout\n\napp = FastAPI()\n")
    return folder / "backend"


def engine_works(name: str) -> bool:
    return bool(shutil.which(name)) and not subprocess.run([name, "info"], capture_output=True).returncode


def test_every_block_of_commands_is_known() -> None:
    assert len(INSTALLING) == 2, "exactly two commands: one audits the reference case, one runs the tests"
    assert len(BLOCKS) == 2 + len(SERVING) + len(CONTAINER) + len(USING)


@pytest.mark.parametrize("command", INSTALLING, ids=["audit", "tests"])
def test_installing_command_is_what_ci_runs(command: str) -> None:
    assert command in (HERE / ".ci" / "run").read_text()


@pytest.mark.parametrize("block", USING, ids=lambda block: block[0].replace(" ", "-"))
def test_commands_end_as_the_readme_says(block: list[str], tmp_path: Path) -> None:
    mends = any(shlex.split(command)[1] == "fix" for command in block)
    (copy_backend if mends else small_backend)(tmp_path)
    states = [tree(tmp_path / "backend")]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("DATABASE_URL", None)
    for command in block:
        done = subprocess.run(
            [sys.executable, "-m", "bootproof.cli.main", *shlex.split(command)[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == ends(command), (command, done.stdout[-2000:], done.stderr[-2000:])
        written = re.search(r"--output (\S+)", command)
        assert (tmp_path / written[1]).stat().st_size if written else done.stdout.strip()
        now = tree(tmp_path / "backend")
        if command.startswith("bootproof undo"):
            assert now == states[0], "`undo` takes back every `fix`"
            states = [now]
        elif command.startswith("bootproof fix") and "--diff" not in command:
            assert now != states[-1]
            states.append(now)
        else:
            assert now == states[-1], f"{command} changed a file"


def test_the_team_server_comes_up_with_one_command(tmp_path: Path) -> None:
    [line] = SERVING
    install, serve = line.split(" && ")
    assert install == ".venv/bin/pip install '.[server]'", "what `.ci/run` installed has the extra"
    environment = {**os.environ, "PORT": "0", "HOME": str(tmp_path)}
    for name in ("DATABASE_URL", "XDG_DATA_HOME"):
        environment.pop(name, None)
    argv = [sys.executable, "-m", "bootproof.cli.main", *shlex.split(serve)[1:]]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(argv, env=environment, stderr=log, cwd=tmp_path)
    ends = time.monotonic() + 90
    while not (found := re.search(r"running on (http://127\.0\.0\.1:\d+)", (tmp_path / "log").read_text())):
        assert process.poll() is None and time.monotonic() < ends, (tmp_path / "log").read_text()
        time.sleep(0.1)
    try:
        with urllib.request.urlopen(f"{found[1]}/health") as answer:
            assert json.load(answer) == {"status": "healthy", "environment": "development"}
        with urllib.request.urlopen(f"{found[1]}/") as answer:
            assert b"<h1>Does it start?</h1>" in answer.read()
    finally:
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM


@pytest.mark.parametrize("block", CONTAINER, ids=lambda block: block[0].split()[0])
def test_container_audits(block: list[str], tmp_path: Path) -> None:
    engine = next((name for name in ("podman", "docker") if engine_works(name)), None)
    if engine is None:
        pytest.skip("no container engine runs here")
    backend = copy_backend(tmp_path)
    build, audit = (re.sub(r"^podman", engine, line) for line in block)
    subprocess.run(build, shell=True, cwd=HERE, check=True)
    audit = audit.replace("./backend", str(backend))
    done = subprocess.run(audit, shell=True, capture_output=True, text=True)
    assert done.returncode == 1
    assert "\nverdict: fails" in done.stdout


def test_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--help"]) == 0
    known = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    told = set(
        re.findall(r"--[a-z][a-z-]+", README.partition("## Audit your own")[2].partition("## In a container")[0])
    )
    assert told <= known
    assert known - told == {"--help"}, "each option is told"


def test_exit_codes_are_those_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    helped = re.findall(r"^    (\d)  (.+)$", capsys.readouterr().out, re.MULTILINE)
    assert re.findall(r"^\| (\d) \| (.+) \|$", README, re.MULTILINE) == helped


def test_files_that_are_named_exist() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    linked += re.findall(r"`((?:src|docs|examples|benchmarks)/[\w./-]*)`", README)
    assert linked
    for each in linked:
        assert (HERE / each).exists(), each


@pytest.mark.parametrize("page", sorted((HERE / "docs").glob("*.md")), ids=lambda page: page.name)
def test_guides_name_options_that_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("fix", "serve", "push"):
        assert run([command, "--help"]) == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(re.findall(r"`(--[a-z][a-z-]+)", page.read_text())) <= known


def test_picture_shows_a_whole_audit_and_nothing_of_the_machine() -> None:
    svg = (HERE / "docs" / "audit.svg").read_text()
    text = re.sub(r"<[^>]+>", "\n", svg).replace("&#160;", " ")
    assert re.search(r"blocker\[BP\d{3}\]", text)
    assert "verdict:" in text
    assert re.findall(r"https?://[^\"' ]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "font-face" not in svg
    assert not re.search(r"(?:/home|/root|/tmp|/Users|/work)\b", text)


def test_schema_that_is_named_is_the_published_one() -> None:
    named = re.search(r"`(src/\S+schema\.json)`", README)
    assert named
    jsonschema.Draft202012Validator.check_schema(json.loads((HERE / named[1]).read_text()))
