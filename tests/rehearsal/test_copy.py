"""The private copy: seen at the project's own path, gone afterwards; the user's tree is not touched."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bootproof.model.environment import Environment
from bootproof.model.words import Outcome
from bootproof.rehearsal import sandbox, scratch
from bootproof.rehearsal.variant import Variant

from .conftest import HOST, PASSWORD, Open, fingerprint, rehearser_of, write

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.fixture(params=["isolated", "copied", "bare"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With overlays; with namespaces but no overlays; with neither."""
    if request.param == "bare":
        monkeypatch.setattr(sandbox, "isolation", lambda: "")
    elif not sandbox.isolation():
        pytest.skip("this system allows no namespaces")
    if request.param == "copied":
        monkeypatch.setattr(sandbox, "overlays", lambda way, folder: False)
    return str(request.param)


WRITER = """\
import os
import sqlite3
from pathlib import Path

from fastapi import FastAPI

here = Path(__file__).resolve().parent
assert (here.parent / ".env").read_text().startswith("NAME=")
connection = sqlite3.connect("./local.db")
connection.execute("create table notes (id int)")
connection.commit()
(here / "made.txt").write_text("x")
(here / "main.py").touch()
os.remove("kept.txt")
os.rename("folder", "moved")
with open("data.txt", "a") as file:
    file.write("more")
app = FastAPI()
"""


def test_writes_vanish_and_the_tree_stays_as_it_is(way: str, opened: Open) -> None:
    rehearser = opened({
        "app/__init__.py": "", "app/main.py": WRITER, ".env": "NAME=1\n", "kept.txt": "kept", "folder/in.txt": "in",
        "data.txt": "data",
    })  # fmt: skip
    before = fingerprint(rehearser.project.root)
    first = rehearser.rehearse(Variant())
    assert first.started, (first.note, first.log)
    assert rehearser.rehearse(Variant()).started  # a clean copy again: nothing is renamed twice
    assert rehearser.boot_cold(Variant()).started
    assert fingerprint(rehearser.project.root) == before


@pytest.mark.parametrize("folder", ["with space", "a:b", "a,b=c", "näme-✓", "quo'te\"", "back\\slash", "per%cent"])
def test_a_project_lives_in_any_folder(opened: Open, folder: str) -> None:
    rehearser = opened({"main.py": "import other\n" + APP, "other.py": ""}, folder=folder)
    symptom = rehearser.rehearse(Variant(files={"other.py": b"assert __file__.endswith('other.py')\n"}))
    assert symptom.started, (symptom.note, symptom.log)


def test_a_mended_file_replaces_and_adds(way: str, opened: Open) -> None:
    rehearser = opened({"main.py": "import broken\n" + APP, "broken.py": "1 / 0\n"})
    assert rehearser.rehearse(Variant()).chain[0].type == "ZeroDivisionError"
    assert rehearser.rehearse(Variant(files={"broken.py": b"import new.module\n", "new/module.py": b""})).started
    assert rehearser.rehearse(Variant()).chain[0].type == "ZeroDivisionError"


def test_links_stay_links_and_odd_files_are_passed_over(way: str, opened: Open, tmp_path: Path) -> None:
    root = write(tmp_path / "backend", {"main.py": "import linked\n" + APP, "real.py": "", "deep/x.txt": ""})
    (root / "linked.py").symlink_to("real.py")
    (root / "lost").symlink_to("nowhere")
    (root / "round").symlink_to("round")
    (root / "deep" / "up").symlink_to("..")
    (root / "outside").symlink_to("/usr")
    os.mkfifo(root / "pipe")
    before = {path.name for path in root.rglob("*")}
    rehearser = opened({})
    assert rehearser.rehearse(Variant()).started
    assert {path.name for path in root.rglob("*")} == before


def test_a_venv_inside_the_project_is_not_copied(opened: Open, tmp_path: Path) -> None:
    root = write(tmp_path / "backend", {"main.py": APP, "env/pyvenv.cfg": "", "env/lib/big.bin": "x" * 1000})
    rehearser = opened({})
    assert rehearser.rehearse(Variant()).started
    assert not (rehearser.base / "env").exists()
    assert (root / "env" / "lib" / "big.bin").exists()


def test_trials_side_by_side_do_not_meet(way: str, opened: Open) -> None:
    body = "from pathlib import Path\nimport time\nassert not Path('mark').exists()\nPath('mark').touch()\ntime.sleep(0.2)\n"
    rehearser = opened({"main.py": body + APP})
    with ThreadPoolExecutor(4) as pool:
        symptoms = list(pool.map(lambda _: rehearser.rehearse(Variant()), range(6)))
    assert [each.note for each in symptoms if not each.started] == []


def test_shared_memory_is_a_boots_own(opened: Open) -> None:
    rehearser = opened({"main.py": (
        "from multiprocessing.shared_memory import SharedMemory\nimport os\n"
        "SharedMemory('bootproof-mark', create=True, size=64)\nos.umask(0)\n"
        "open('/tmp/bootproof-mark', 'w').close()\n" + APP
    )})  # fmt: skip
    if not rehearser.isolation:
        pytest.skip("this system allows no namespaces")
    for _ in range(2):
        symptom = rehearser.rehearse(Variant())
        assert symptom.started, symptom.log
    assert not Path("/dev/shm/bootproof-mark").exists()
    assert not Path("/tmp/bootproof-mark").exists()


def test_what_a_closed_rehearser_leaves(way: str, environment: Environment, tmp_path: Path) -> None:
    root = write(tmp_path / "backend", {"main.py": "import os\nos.makedirs('a/b')\nos.chmod('a', 0)\n" + APP})
    with rehearser_of(root, environment) as rehearser:
        rehearser.open(("fastapi",))
        assert rehearser.rehearse(Variant()).started
        scratch_folder = rehearser.scratch
    assert not scratch_folder.exists()


def test_a_file_that_goes_while_it_is_copied_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "backend", {"main.py": APP, "gone.py": ""})
    real = scratch.shutil.copy2

    def copy2(source: Path, to: Path) -> object:
        if source.name == "gone.py":
            source.unlink()
        return real(source, to)

    monkeypatch.setattr(scratch.shutil, "copy2", copy2)
    assert scratch.copy_project(root, tmp_path / "base") == ("gone.py",)
    assert (tmp_path / "base" / "main.py").exists()


def test_secrets_stand_in_no_command_line(opened: Open) -> None:
    source = (
        "import os, sys\nfrom pathlib import Path\n"
        "for each in Path('/proc').glob('[0-9]*/cmdline'):\n"
        "    try:\n        text = each.read_bytes()\n    except OSError:\n        continue\n"
        f"    assert {PASSWORD[:5]!r}.encode() + {PASSWORD[5:]!r}.encode() not in text\n"
    )
    rehearser = opened(
        {
            "main.py": source + APP,
            ".env": f"DATABASE_URL=postgresql://u:{PASSWORD}@{HOST}/d\n",
            "docker-compose.yml": f"services:\n  api:\n    build: .\n    environment:\n      URL: {PASSWORD}\n",
        }
    )
    for symptom in (rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())):
        assert symptom.started, symptom.log
    for folder in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = folder.read_bytes()
        except OSError:
            continue
        assert b"zygote" not in text or PASSWORD.encode() not in text


UNPRIVILEGED = """\
import json, sys
from pathlib import Path
from bootproof.environment.provision import provision
from bootproof.project.discover import discover
from bootproof.project.sources import Sources
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.needs import needs, variables
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Variant

root = Path(sys.argv[1])
project = discover(root)
environment = provision(project, python=Path(sys.argv[2]), progress=lambda text: None)
sources = Sources(project.root, project.target.path)
wanted = needs(project, sources.text, sources.files_with(b"postgres"))
if sys.argv[3] == "bare":
    sandbox.isolation = lambda: ""
with Rehearser(project, environment, project.target, wanted, variables(project, {}, {}), timeout=20) as rehearser:
    rehearser.open(("fastapi", "asyncpg"))
    found = [rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())]
    print(json.dumps({
        "isolation": rehearser.isolation, "seen": [f"{each.outcome} {each.note} {each.log}" for each in found],
        "tables": [each.tables for each in found],
    }))
print(json.dumps(rehearser.scratch.exists()))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("how", ["user", "bare"])
def test_an_unprivileged_user(how: str, environment: Environment, tmp_path: Path) -> None:
    interpreter = Path(sys.executable)
    script = write(tmp_path, {"script.py": UNPRIVILEGED}) / "script.py"
    root = write(tmp_path / "backend", {
        "main.py": (
            "import asyncpg\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
            "URL = 'postgresql://owner:word@db.host.example:5432/shop'\n"
            "@asynccontextmanager\nasync def lifespan(app):\n    open('written', 'w').close()\n"
            "    await (await asyncpg.connect(URL)).execute('create table things (id int)')\n    yield\n"
            "app = FastAPI(lifespan=lifespan)\n"
        ),
    })  # fmt: skip
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tmp_path.parent.parent.parent) and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o755)
    before = fingerprint(root)
    as_nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    command = [str(interpreter), str(script), str(root), str(environment.python), how]
    try:
        subprocess.run([str(interpreter), "-c", "import bootproof.rehearsal.rehearser"], check=True, **as_nobody)  # type: ignore[call-overload]
        subprocess.run([str(environment.python), "-c", "import fastapi"], check=True, **as_nobody)  # type: ignore[call-overload]
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the interpreter cannot be read by others")
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": "/tmp"}, **as_nobody,
    )  # type: ignore[call-overload]  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, left = done.stdout.strip().splitlines()
    if how == "user" and '"isolation": ""' in first:
        pytest.skip("this system allows others no namespaces")
    assert first.count("started") == 2, first
    assert first.count('"things"') == 2
    assert left == "false"
    assert fingerprint(root) == before


def test_what_fails_for_the_sandbox_alone_is_said(opened: Open) -> None:
    rehearser = opened({"main.py": "import socket\nsocket.create_connection(('outside.example', 443))\n" + APP})
    symptom = rehearser.rehearse(Variant())
    assert symptom.outcome is Outcome.FAILED
    assert "outside.example:443" in symptom.sandboxed
    if rehearser.isolation:
        outside = rehearser.rehearse(Variant(files={"main.py": b"open('/usr/bootproof-mark', 'w')\n"}))
        assert "/usr/bootproof-mark" in outside.sandboxed


@pytest.mark.parametrize("call", ["gethostbyname(socket.gethostname())", "getfqdn()", "getaddrinfo('localhost', 80)"])
def test_the_machines_own_name_resolves(opened: Open, call: str) -> None:
    rehearser = opened({"main.py": f"import socket\nsocket.{call}\n" + APP})
    symptom = rehearser.rehearse(Variant())
    assert symptom.started, symptom.log
