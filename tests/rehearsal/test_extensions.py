"""Extensions that a project creates: found in its files, offered where some PostgreSQL here has them, else no finding."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootproof.model.environment import Environment
from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.project.discover import discover
from bootproof.project.sources import Sources
from bootproof.rehearsal.database.binaries import Binaries, nearest_binaries, system_folders
from bootproof.rehearsal.needs import extensions, needs
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Variant
from tests.rehearsal.conftest import write

Boot = Callable[[dict[str, str]], tuple[Symptom, tuple[str, ...]]]

URL = "shop_owner:s3cr3t-Lantern@db.shop.example/shop"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('create extension if not exists "uuid-ossp";\nCREATE EXTENSION citext WITH SCHEMA public;', {"uuid-ossp", "citext"}),
        ('op.execute("CREATE EXTENSION IF NOT EXISTS \\"uuid-ossp\\"")', {"uuid-ossp"}),
        ("op.execute('CREATE  EXTENSION\\n  hstore')".replace("\\n", "\n"), {"hstore"}),
        ("text('CREATE EXTENSION IF NOT EXISTS ' 'pg_trgm')", {"pg_trgm"}),
        ("text('CREATE EXTENSION '\n     'IF NOT EXISTS vector')", {"vector"}),
        ("for name in ('pgcrypto', 'hstore'):\n    run(f'CREATE EXTENSION IF NOT EXISTS \"{name}\"')", {"pgcrypto", "hstore"}),
        ("run('CREATE EXTENSION IF NOT EXISTS ' + WANTED)\nWANTED = 'btree_gist'", {"btree_gist"}),
        ('PGExtension(schema="public", signature="postgis")', {"postgis"}),
        ("DROP EXTENSION hstore; -- the extension citext was never created", set()),
        ("extensions = ['pgcrypto']", set()),
    ],
)  # fmt: skip
def test_extensions_are_read_off_files(text: str, found: set[str]) -> None:
    assert extensions([None, b"", text.encode()]) == found


def test_most_of_what_is_wanted_is_taken() -> None:
    plain = nearest_binaries()
    assert isinstance(plain, Binaries)
    assert nearest_binaries(["plpgsql", "no_such_extension"]) == plain
    assert isinstance(nearest_binaries(["no_such_extension"], []), Binaries)


def _project(driver: str, extension: str) -> dict[str, str]:
    return {
        "shop/__init__.py": "",
        "shop/web.py": f"""\
from fastapi import FastAPI
from sqlalchemy import create_engine, text

def open_shop():
    engine = create_engine("postgresql+{driver}://{URL}")
    with engine.begin() as connection:
        connection.execute(text('CREATE EXTENSION IF NOT EXISTS "{extension}"'))
        connection.execute(text("CREATE TABLE orders (id int)"))

open_shop()
app = FastAPI()
""",
    }


def _asynchronous(extension: str) -> dict[str, str]:
    return {
        "shop/__init__.py": "",
        "shop/web.py": f"""\
from contextlib import asynccontextmanager
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

@asynccontextmanager
async def lifespan(app):
    async with create_async_engine("postgresql+asyncpg://{URL}").begin() as connection:
        await connection.execute(text('CREATE EXTENSION IF NOT EXISTS "{extension}"'))
        await connection.execute(text("CREATE TABLE orders (id int)"))
    yield

app = FastAPI(lifespan=lifespan)
""",
    }


@pytest.fixture
def boot(tmp_path: Path, environment: Environment) -> Iterator[Boot]:
    made: list[Rehearser] = []

    def one(files: dict[str, str]) -> tuple[Symptom, tuple[str, ...]]:
        root = write(tmp_path / "backend", files)
        project = discover(root)
        assert project.target is not None
        sources = Sources(project.root, project.target.path)
        wanted = needs(project, sources.text, sources.files_with(b"postgres"), sources.python_files())
        rehearser = Rehearser(project, environment, project.target, wanted, {}, timeout=30.0)
        made.append(rehearser)
        rehearser.open(("fastapi", "sqlalchemy"))
        return rehearser.rehearse(Variant()), rehearser.notes

    yield one
    for each in made:
        each.close()


DRIVERS: dict[str, Callable[[str], dict[str, str]]] = {
    "asyncpg": _asynchronous,
    "psycopg": lambda extension: _project("psycopg", extension),
    "psycopg2": lambda extension: _project("psycopg2", extension),
}  # fmt: skip


@pytest.mark.parametrize("driver", DRIVERS)
def test_extension_that_no_server_here_has_is_no_finding(boot: Boot, driver: str) -> None:
    symptom, notes = boot(DRIVERS[driver]("no_such_extension"))
    assert symptom.outcome is Outcome.FAILED
    assert symptom.stage is (Stage.STARTUP if driver == "asyncpg" else Stage.IMPORT)
    assert "`no_such_extension`" in symptom.sandboxed
    (note,) = notes
    assert "no_such_extension" in note


def test_extension_of_the_systems_postgresql(boot: Boot) -> None:
    nearest = nearest_binaries(["uuid-ossp"])
    if isinstance(nearest, str) or "uuid-ossp" not in nearest.extensions:
        pytest.skip(f"no PostgreSQL here has uuid-ossp (looked at {system_folders()})")
    symptom, notes = boot(_asynchronous("uuid-ossp"))
    assert symptom.started, symptom.failures
    assert symptom.tables == ("orders",)
    assert notes == ()


def test_other_features_that_are_not_supported_stay_the_projects(boot: Boot) -> None:
    files = _project("psycopg", "plpgsql")
    asked = files["shop/web.py"].replace("CREATE TABLE orders (id int)", "SELECT * FROM billing.public.orders")
    symptom, _ = boot({**files, "shop/web.py": asked})
    assert symptom.outcome is Outcome.FAILED
    assert "0A000" in [failure.facts.get("sqlstate") for failure in symptom.chain]
    assert not symptom.sandboxed


def test_password_that_no_file_tells_is_not_the_projects_fault(boot: Boot) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/web.py": """\
from fastapi import FastAPI
import psycopg
SPARE = "postgresql://shop_owner:an0ther-one@db.shop.example/shop"
connection = psycopg.connect(host="db.shop.example", user="shop_owner", password="".join(["a", "word"]), dbname="shop")
connection.close()
app = FastAPI()
""",
    }
    symptom, _ = boot(files)
    assert symptom.started, symptom.failures
