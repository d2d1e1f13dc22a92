"""Scripts of SQL, URLs given to drivers, folders of databases, and code at an application's start."""

from pathlib import Path

import pytest

from bootproof.edits.apply import apply
from bootproof.model.words import Outcome, Safety, Stage
from bootproof.rules.connecting import (
    server_settings_not_text,
    several_commands_at_once,
    sqlalchemy_url_for_driver,
    sqlite_folder_missing,
    startup_never_ends,
)
from bootproof.rules.connecting._sql import commands, splits_plainly
from bootproof.rules.connecting._translations import translations
from bootproof.rules.lifespan import at_start
from tests.rules.connecting.source_facts import failed, found, line_of, mended, seen
from tests.rules.reading_facts import facts_of


@pytest.mark.parametrize(
    ("script", "expected", "plain"),
    [
        ("a; b ;", ("a", "b"), True),
        ("insert into t values ('x;y''z;'); b", ("insert into t values ('x;y''z;')", "b"), False),
        ("do $f$ begin a; b; end $f$; c", ("do $f$ begin a; b; end $f$", "c"), False),
        ('select ";" -- not; this\n, 1; /* nor; that */ b', ('select ";" -- not; this\n, 1', "/* nor; that */ b"), False),
        ("a;\n-- the end\n", ("a",), False),
    ],
)
def test_commands_of_a_script(script: str, expected: tuple[str, ...], plain: bool) -> None:
    assert commands(script) == expected
    assert splits_plainly(script) is plain


SYNTAX = {"sqlstate": "42601", "statement": "create table a (i int); create table b (i int)"}


@pytest.mark.parametrize(
    ("lines", "expected", "safety"),
    [
        (
            ["await c.execute(sa.text('create table a (i int); create table b (i int)'))"],
            "    await c.execute(sa.text(\"create table a (i int)\"))\n    await c.execute(sa.text(\"create table b (i int)\"))\n",
            Safety.SAFE,
        ),
        (
            ["c.exec_driver_sql(SCRIPT)  # the tables"],
            '    for command in filter(str.strip, SCRIPT.split(";")):\n        c.exec_driver_sql(command)  # the tables\n',
            Safety.SAFE,
        ),
        (
            ["await c.execute(text(Path('init.sql').read_text()))"],
            "    for command in filter(str.strip, Path('init.sql').read_text().split(\";\")):\n        await c.execute(text(command))\n",
            Safety.UNSAFE,
        ),
    ],
)
def test_a_script_is_executed_command_by_command(tmp_path: Path, lines: list[str], expected: str, safety: Safety) -> None:
    text = "SCRIPT = 'create table a (i int); create table b (i int)'\nasync def begin(c):\n" + "".join(
        f"    {line}\n" for line in lines
    )
    symptom = seen(failed("asyncpg.exceptions.PostgresSyntaxError", [("svc.py", 3)], **SYNTAX))

    _finding, fix, facts = found(several_commands_at_once, tmp_path, {"svc.py": text}, symptom)

    assert fix is not None and fix.safety is safety
    assert expected in mended(fix, facts, "svc.py")


def test_one_command_with_an_error_is_another_fault(tmp_path: Path) -> None:
    text = "async def begin(c):\n    await c.execute(text('selekt 1;'))\n"
    symptom = seen(failed("asyncpg.exceptions.PostgresSyntaxError", [("svc.py", 2)], sqlstate="42601", statement="selekt 1;"))

    assert found(several_commands_at_once, tmp_path, {"svc.py": text}, symptom)[0] is None


@pytest.mark.parametrize(
    ("head", "line", "expected"),
    [
        ("import asyncpg", 'await asyncpg.connect("postgresql+asyncpg://u@h/d")', 'connect("postgresql://u@h/d")'),
        ("import asyncpg as pg\nHOST = 'h'", 'await pg.connect(f"postgres+asyncpg://u@{HOST}/d")', 'f"postgres://u@{HOST}/d"'),
        (
            "from asyncpg import create_pool\nimport os\nURL = os.getenv('DB', 'postgresql+asyncpg://u@h/d')",
            "await create_pool(\n        URL,\n        min_size=1,\n    )",
            'URL.replace("+asyncpg", "", 1),',
        ),
    ],
)
def test_a_driver_gets_the_url_without_its_name(tmp_path: Path, head: str, line: str, expected: str) -> None:
    text = f"{head}\nasync def begin():\n    {line}\n"
    frame = ("svc.py", line_of(text, line.partition("\n")[0]))
    symptom = seen(failed("asyncpg.exceptions._base.InterfaceError", [frame], behind=["asyncpg.connect_utils"]))
    files = {"main.py": "import svc\nfrom fastapi import FastAPI\n\napp = FastAPI()\n", "svc.py": text}

    _finding, fix, facts = found(sqlalchemy_url_for_driver, tmp_path, files, symptom)

    assert expected in mended(fix, facts, "svc.py")


def test_a_url_that_a_library_reads_by_itself_is_left_alone(tmp_path: Path) -> None:
    text = "import databases\ndb = databases.Database('postgresql+asyncpg://u@h/d')\nasync def begin():\n    await db.fetch_one('x')\n"
    symptom = seen(failed("AssertionError", [("svc.py", 4)], behind=["databases.core"]))
    files = {"main.py": "import svc\nfrom fastapi import FastAPI\n\napp = FastAPI()\n", "svc.py": text}

    assert found(sqlalchemy_url_for_driver, tmp_path, files, symptom)[0] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "import os\nfrom sqlalchemy import create_engine\nURL = os.getenv('DB', 'sqlite:///var/x.db')\nengine = create_engine(URL)\n",
            "engine = create_engine(URL)\nPath(engine.url.database).parent.mkdir(parents=True, exist_ok=True)\n",
        ),
        (
            "import sqlite3\ndef begin():\n    return sqlite3.connect('var/x.db')\n",
            "    Path(\"var\").mkdir(parents=True, exist_ok=True)\n    return sqlite3.connect('var/x.db')\n",
        ),
    ],
)
def test_the_folder_of_a_database_is_made(tmp_path: Path, text: str, expected: str) -> None:
    symptom = seen(failed("sqlite3.OperationalError", [("svc.py", 3)], sqlite_errorcode=14))
    files = {"main.py": "import svc\nfrom fastapi import FastAPI\n\napp = FastAPI()\n", "svc.py": text}

    _finding, fix, facts = found(sqlite_folder_missing, tmp_path, files, symptom)

    assert expected in mended(fix, facts, "svc.py")
    assert found(sqlite_folder_missing, tmp_path, {**files, "var/.gitkeep": ""}, symptom)[0] is None
    locked = seen(failed("sqlite3.OperationalError", [("svc.py", 3)], sqlite_errorcode=5))
    assert found(sqlite_folder_missing, tmp_path / "other", files, locked)[0] is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("asyncpg.connect(server_settings={'jit': True})", "{'jit': \"on\"}"),
        ("server_settings = {'work_mem': size(1), 'jit': f'{x}'}", "'work_mem': str(size(1)), 'jit': f'{x}'"),
    ],
)
def test_settings_are_given_as_text(tmp_path: Path, line: str, expected: str) -> None:
    symptom = seen(failed("asyncpg.exceptions._base.InterfaceError", [], behind=["asyncpg.connect_utils"]))
    files = {"main.py": "import svc\nfrom fastapi import FastAPI\n\napp = FastAPI()\n", "svc.py": f"import asyncpg\n{line}\n"}

    _finding, fix, facts = found(server_settings_not_text, tmp_path, files, symptom)

    assert expected in mended(fix, facts, "svc.py")


@pytest.mark.parametrize(
    ("parameter", "code", "expected"),
    [
        ("connect_timeout", "TIMEOUT", [("timeout", "TIMEOUT")]),
        ("statement_cache_size", "0", [("prepare_threshold", "None")]),
        ("statement_cache_size", "100", []),
        ("server_settings", "{'jit': 'off', 'search_path': 'a'}", [("options", '"-c jit=off -c search_path=a"')]),
        ("options", "'-c jit=off'", [("server_settings", '{"jit": "off"}')]),
        ("options", "'--jit=off'", []),
        ("ssl", "True", [("sslmode", '"require"')]),
        ("ssl", "context", []),
    ],
)
def test_what_other_drivers_call_a_parameter(parameter: str, code: str, expected: list[tuple[str, str]]) -> None:
    assert list(translations(parameter, code)) == expected


@pytest.mark.parametrize("safety", [Safety.SAFE, Safety.UNSAFE])
def test_what_the_start_waits_for_runs_beside_the_server(tmp_path: Path, safety: Safety) -> None:
    loop = "while True:\n        await tick()" if safety is Safety.SAFE else "async for each in feed():\n        await tick()"
    text = (
        "import asyncio as aio\nfrom contextlib import asynccontextmanager\n"
        f"async def consume(queue):\n    {loop}\n"
        "@asynccontextmanager\nasync def lifespan(app):\n    await consume(app.state.queue)\n    try:\n        yield\n    finally:\n        done()\n"
    )
    frame = failed("x", [("main.py", line_of(text, "await consume")), ("main.py", line_of(text, "await tick"))]).frames
    symptom = seen(standing=(frame,))
    symptom = type(symptom)(Outcome.TIMED_OUT, Stage.STARTUP, standing=(frame,))
    files = {"main.py": f"{text}from fastapi import FastAPI\napp = FastAPI(lifespan=lifespan)\n"}

    _finding, fix, facts = found(startup_never_ends, tmp_path, files, symptom)

    assert fix is not None and fix.safety is safety
    written = mended(fix, facts, "main.py")
    assert "    consume_task = aio.create_task(consume(app.state.queue))\n    try:\n        yield\n" in written
    assert "        consume_task.cancel()\n    finally:" in written


APPLICATIONS = [
    pytest.param(
        {"main.py": "from fastapi import FastAPI\nfrom life import span\napp = FastAPI(lifespan=span)\n",
         "life.py": 'async def span(app):\n    """Opens."""\n    await a()\n    yield {}\n'},
        "life.py",
        '    """Opens."""\n    await go()\n    await a()\n    yield {}\n    await end()\n',
        id="lifespan-elsewhere",
    ),
    pytest.param(
        {"main.py": "from fastapi import FastAPI\ndef create():\n    made = FastAPI()\n    return made\n",
         "Procfile": "web: uvicorn --factory main:create\n"},
        "main.py",
        "    await go()\n    yield\n    await end()\n\n\ndef create():\n    made = FastAPI(lifespan=lifespan)\n",
        id="factory",
    ),
    pytest.param(
        {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.on_event('startup')\ndef up(): ...\n"},
        "main.py",
        None,
        id="hooks-would-be-switched-off",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "file", "expected"), APPLICATIONS)
def test_code_is_put_at_the_start(tmp_path: Path, files: dict[str, str], file: str, expected: str | None) -> None:
    facts = facts_of(tmp_path, files)

    edits = at_start(facts, facts.project.target, "await go()", first=True, after="await end()")

    assert (edits is None) is (expected is None)
    if edits is not None:
        assert expected is not None and expected in apply(edits, facts.text)[file].decode()
