"""What a boot is given: prestart, module paths, layers, stand-ins; what the zygote keeps and what it leaves out."""

import threading
from pathlib import Path

import pytest

from bootproof.model.words import Outcome, Stage
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.variant import Probes, Variant

from .conftest import HOST, PASSWORD, Open

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
URL = f"postgresql://owner:{PASSWORD}@{HOST}:5432/shop"

ALEMBIC = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": (
        "from alembic import context\nfrom sqlalchemy import create_engine\n"
        f"with create_engine('{URL.replace('://', '+psycopg://')}').connect() as connection:\n"
        "    context.configure(connection=connection)\n    with context.begin_transaction():\n"
        "        context.run_migrations()\n"
    ),
    "migrations/versions/0001_first.py": (
        "import sqlalchemy\nfrom alembic import op\nrevision, down_revision = '0001', None\n"
        "def upgrade():\n    op.create_table('things', sqlalchemy.Column('id', sqlalchemy.Integer))\n"
        "def downgrade():\n    op.drop_table('things')\n"
    ),
}
NAMESAKE = {
    file.replace("migrations/", "alembic/"): text.replace("= migrations", "= alembic") for file, text in ALEMBIC.items()
} | {"alembic/__init__.py": ""}
READS = (
    "import psycopg\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
    "@asynccontextmanager\nasync def lifespan(app):\n"
    f"    with psycopg.connect('{URL}') as connection:\n        connection.execute('select * from things')\n"
    "    yield\n\napp = FastAPI(lifespan=lifespan)\n"
)
SEED = f"import psycopg\nwith psycopg.connect('{URL}') as one:\n    one.execute('create table things (id int)')\n"
SERVE = "uvicorn app.main:app --host 0.0.0.0 --port 8000"


@pytest.fixture(params=["isolated", "bare"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "bare":
        monkeypatch.setattr(sandbox, "isolation", lambda: "")
    elif not sandbox.isolation():
        pytest.skip("this system allows no namespaces")
    return str(request.param)


PRESTARTS = {
    "alembic": ("alembic upgrade head", ALEMBIC),
    "alembic, folder of that name": ("alembic upgrade head", NAMESAKE),
    "python -m": ("python -m app.seed", {"app/seed.py": SEED}),
    "python file": ("python scripts/seed.py", {"scripts/seed.py": SEED}),
    "python -c": ("python -c 'import app.seed'", {"app/seed.py": SEED}),
}


@pytest.mark.parametrize(
    ("command", "cold"), [*((each, False) for each in PRESTARTS), ("alembic", True), ("python -c", True)]
)
def test_prestart_runs_before_the_server(way: str, opened: Open, command: str, cold: bool) -> None:
    line, files = PRESTARTS[command]
    rehearser = opened({
        "app/__init__.py": "", "app/main.py": READS, "start.sh": f"#!/bin/sh\nset -e\n{line}\nexec {SERVE}\n",
        "Dockerfile": "FROM python:3.12\nCOPY . .\nCMD [\"./start.sh\"]\n", **files,
    })  # fmt: skip
    assert len(rehearser.project.prestart) == 1
    symptom = rehearser.boot_cold(Variant()) if cold else rehearser.rehearse(Variant())
    assert symptom.started, (symptom.note, symptom.log)
    assert "things" in symptom.tables


@pytest.mark.parametrize(
    ("source", "cold"),
    [
        ("raise SystemExit(3)", False),
        ("1 / 0", False),
        ("import os\nos._exit(4)", False),
        ("import nothing_here", True),
    ],
)
def test_a_failing_prestart_is_the_failure(opened: Open, source: str, cold: bool) -> None:
    rehearser = opened({
        "app/__init__.py": "", "app/main.py": APP, "app/seed.py": source + "\n",
        "Procfile": f"web: python -m app.seed && {SERVE}\n",
    })  # fmt: skip
    symptom = rehearser.boot_cold(Variant()) if cold else rehearser.rehearse(Variant())
    assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.PRESTART), symptom.note
    assert symptom.command[-2:] == ("-m", "app.seed")
    if "os._exit" not in source:
        assert any(frame.file == "app/seed.py" for frame in symptom.chain[-1].frames)


def test_what_prestart_imports_does_not_stay(opened: Open) -> None:
    rehearser = opened({
        "app/__init__.py": "", "app/main.py": "import sys\nassert 'app.seed' not in sys.modules\n" + APP,
        "app/seed.py": "import app\napp.marked = True\n", "Procfile": f"web: python -m app.seed && {SERVE}\n",
    })  # fmt: skip
    assert rehearser.rehearse(
        Variant(files={"app/main.py": b"import app\nassert not hasattr(app, 'marked')\n" + APP.encode()})
    ).started


def test_relative_imports_factories_and_wsgi(opened: Open) -> None:
    rehearser = opened({
        "pkg/__init__.py": "", "pkg/parts.py": "NAME = 'x'\n",
        "pkg/main.py": "from fastapi import FastAPI\nfrom .parts import NAME\ndef create_app():\n    return FastAPI(title=NAME)\n",
        "Procfile": "web: uvicorn --factory pkg.main:create_app\n",
    }, folder="factory")  # fmt: skip
    assert rehearser.target.call
    assert rehearser.rehearse(Variant()).started
    assert rehearser.boot_cold(Variant()).started


def test_a_wsgi_application(opened: Open) -> None:
    files = {
        "site_app.py": "from flask import Flask\napp = Flask(__name__)\n@app.get('/hello')\ndef hello():\n    return 'hello'\n",
        "Procfile": "web: uvicorn site_app:app --interface wsgi\n",
    }
    rehearser = opened(files, modules=("flask",))
    assert rehearser.target.interface == "wsgi"
    trial = rehearser.rehearse(Variant())
    assert trial.started, trial.log
    assert "GET /hello" in trial.routes
    assert rehearser.boot_cold(Variant()).started
    broken = Variant(
        files={
            "site_app.py": files["site_app.py"].replace("return 'hello'", "1 / 0").replace("/hello", "/health").encode()
        }
    )
    for symptom in (rehearser.rehearse(broken), rehearser.boot_cold(broken)):
        assert (symptom.outcome, symptom.stage) == (Outcome.FAILED, Stage.READY), symptom.note


def layer(tmp_path: Path, name: str, source: str) -> Path:
    folder = tmp_path / f"layer-{name}"
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / f"{name}.py").write_text(source)
    return folder


def test_a_layer_is_seen_only_where_it_is_given(way: str, opened: Open, tmp_path: Path) -> None:
    source = "import extra_thing\nfrom importlib.metadata import version\nassert version('extra_thing') == '1.0'\n"
    rehearser = opened({"main.py": source + APP})
    added = layer(tmp_path, "extra_thing", "")
    given = Variant(layers=(added,), added=frozenset({"extra_thing"}))
    assert rehearser.rehearse(Variant()).chain[-1].type == "ModuleNotFoundError"
    for boot in (rehearser.rehearse, rehearser.boot_cold):
        symptom = boot(given)
        assert symptom.started, symptom.log
    assert rehearser.rehearse(Variant()).chain[-1].type == "ModuleNotFoundError"


def test_what_was_missed_while_loading_gets_a_zygote_of_its_own(opened: Open, tmp_path: Path) -> None:
    """A library that looks for an optional one once, when it is imported, must look again where it is there."""
    host = layer(
        tmp_path, "host_library", "try:\n    import optional_part\nexcept ImportError:\n    optional_part = None\n"
    )
    part = layer(tmp_path, "optional_part", "")
    rehearser = opened({"main.py": "import host_library\nassert host_library.optional_part\n" + APP})
    rehearser._zygotes.modules = ("fastapi", "host_library")
    rehearser.zygote((host,), frozenset({"host_library"})).wait()
    without = Variant(layers=(host,), added=frozenset({"host_library"}))
    both = Variant(layers=(host, part), added=frozenset({"host_library", "optional_part"}))
    assert rehearser.rehearse(without).chain[-1].type == "AssertionError"
    assert rehearser.rehearse(both).started
    assert rehearser.rehearse(without).chain[-1].type == "AssertionError"


def test_a_failed_import_leaves_nothing_in_the_zygote(opened: Open, tmp_path: Path) -> None:
    bad = layer(
        tmp_path,
        "bad_library",
        "import sys, builtins\nbuiltins.spoilt = True\nsys.path.insert(0, '/spoilt')\nraise OSError\n",
    )
    source = "import builtins, sys\nassert not hasattr(builtins, 'spoilt')\nassert '/spoilt' not in sys.path\n"
    rehearser = opened({"main.py": source + APP})
    rehearser._zygotes.modules = ("fastapi", "bad_library", "starlette")
    rehearser.zygote(()).wait()
    rehearser._zygotes.all[0].missing = frozenset({"bad_library"})  # so that it does not serve
    zygote = rehearser.zygote((bad,), frozenset({"bad_library"})).wait()
    assert zygote.left_out == {"bad_library": "failed"}
    symptom = rehearser.rehearse(Variant(layers=(bad,)))
    assert symptom.started, symptom.log


def test_below_a_package_that_cannot_be_imported_nothing_is_tried(opened: Open, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    bad = layer(tmp_path, "bad_library", f"open({str(counted)!r}, 'a').write('.')\nraise OSError\n")
    rehearser = opened({"main.py": APP})
    parts = ("bad_library.one", "bad_library.two", "bad_library.two.three", "bad_librarian")
    rehearser._zygotes.modules = ("fastapi", *parts, "starlette.middleware")
    rehearser.zygote(()).wait()
    rehearser._zygotes.all[0].missing = frozenset({"bad_library"})  # so that it does not serve
    zygote = rehearser.zygote((bad,), frozenset({"bad_library"})).wait()
    assert zygote.left_out == dict.fromkeys(parts, "failed")
    assert counted.read_text() == "."
    assert "starlette" in zygote.loaded


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n", "threads"),
        ("import os\nos._exit(0)\n", "failed"),
        ("import sys\nsys.exit(0)\n", "failed"),
        ("import os\nos.kill(os.getpid(), 9)\n", "failed"),
    ],
)
def test_a_module_that_cannot_be_loaded_before_the_fork_is_left_out(
    opened: Open, tmp_path: Path, source: str, why: str
) -> None:
    odd = layer(tmp_path, "odd_library", source)
    rehearser = opened({"main.py": APP})
    rehearser._zygotes.modules = ("fastapi", "odd_library", "starlette.middleware")
    rehearser.zygote(()).wait()
    rehearser._zygotes.all[0].missing = frozenset({"odd_library"})  # so that it does not serve
    zygote = rehearser.zygote((odd,), frozenset({"odd_library"})).wait()
    assert zygote.left_out == {"odd_library": why}
    assert "starlette" in zygote.loaded
    assert rehearser.rehearse(Variant(layers=(odd,))).started


def test_a_zygote_outlives_the_thread_that_asked_for_it(opened: Open) -> None:
    rehearser = opened({"main.py": APP})
    rehearser._zygotes.all.clear()
    made: list[object] = []
    thread = threading.Thread(target=lambda: made.append(rehearser.zygote(()).wait()))
    thread.start()
    thread.join()
    assert rehearser.rehearse(Variant()).started


def test_a_real_server_is_asked_each_route(opened: Open) -> None:
    rehearser = opened({"main.py": (
        "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/items/{number}')\ndef item(number: int):\n"
        "    return {'n': 1 / 0}\n@app.post('/fine')\ndef fine(name: str):\n    return name\n"
    )})  # fmt: skip
    symptom = rehearser.boot_cold(Variant(), Probes(routes=True))
    assert symptom.started
    assert [(each.method, each.chain[0].type) for each in symptom.requests] == [("GET", "ZeroDivisionError")]
    assert {each.path.partition("?")[0]: each.status for each in symptom.exchanges}["/fine"] == 200


def test_a_question_that_hangs_or_breaks_has_no_answer(opened: Open, tmp_path: Path) -> None:
    rehearser = opened({"main.py": APP})
    hang = layer(tmp_path, "hanging_library", "import time\ntime.sleep(600)\n")
    zygote = rehearser.zygote(())
    assert zygote.ask("exports", {"module": "hanging_library"}, (hang,), timeout=1.0) is None
    assert zygote.ask("exports", {"module": "no_such_thing_here"}) is None
    assert zygote.ask("no question", {}) is None
    assert "FastAPI" in zygote.ask("exports", {"module": "fastapi"})  # type: ignore[operator]


@pytest.mark.parametrize("start", ["[sys.executable, 'seed.py']", "['sh', '-c', 'python seed.py']"])
def test_children_are_led_to_the_same_database(way: str, opened: Open, start: str) -> None:
    """asyncpg reads no PGHOSTADDR: without a namespace only a hook in the child keeps it from the real host."""
    rehearser = opened({
        "main.py": f"import subprocess, sys\nsubprocess.run({start}, check=True)\n" + APP,
        "seed.py": (
            "import asyncio, asyncpg\nasync def seed():\n"
            f"    await (await asyncpg.connect('{URL}')).execute('create table things (id int)')\n"
            "asyncio.run(seed())\n"
        ),
    })  # fmt: skip
    for symptom in (rehearser.rehearse(Variant()), rehearser.boot_cold(Variant())):
        assert symptom.started, symptom.log
        assert symptom.tables == ("things",)
