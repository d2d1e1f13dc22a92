"""Engines and models that stop the start, wherever their URLs stand."""

from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.words import Safety, Verdict
from tests.conftest import audited
from tests.rules.reading_facts import written
from tests.rules.settings.test_settings_rules import pressing

pytestmark = pytest.mark.slow

REQUIREMENTS = "fastapi\nuvicorn\nsqlalchemy[asyncio]\nasyncpg\npython-dotenv\npydantic-settings\n"
MAIN = "from fastapi import FastAPI\nfrom depot.db import engine  # noqa: F401\n\napp = FastAPI()\n"

SPELLINGS = [
    pytest.param(
        "import os\nfrom dotenv import load_dotenv\nfrom sqlalchemy.ext import asyncio as sa\n\nload_dotenv()\n"
        "class Database:\n    def __init__(self, url: str) -> None:\n"
        "        self.engine = sa.create_async_engine(url)\n\n"
        "engine = Database(os.environ['STORE']).engine\n",
        {".env": "# store\nSTORE=\"postgresql://depot:7Yt3mmQw@db.depot.example/depot\"\n"},
        (".env", 2), id="class-and-environment",
    ),
    pytest.param(
        "from sqlalchemy import URL\nfrom sqlalchemy.ext.asyncio import create_async_engine as create\n\n"
        "url = URL.create('postgresql', username='depot', host='localhost', database='depot')\nengine = create(url)\n",
        {}, ("depot/db.py", 4), id="parts",
    ),
    pytest.param(
        "from sqlalchemy.ext.asyncio import create_async_engine\n\nuser, host = 'depot', 'localhost'\n"
        "engine = create_async_engine(\n    f'postgresql+psycopg2://{user}@{host}:5432/depot',\n"
        "    pool_pre_ping=True,\n)\n",
        {}, ("depot/db.py", 5), id="f-string",
    ),
    pytest.param(
        "from pydantic import PostgresDsn\nfrom pydantic_settings import BaseSettings\n"
        "from sqlalchemy.ext.asyncio import create_async_engine\n\n"
        "class S(BaseSettings):\n    host: str = 'localhost'\n"
        "    @property\n    def url(self) -> PostgresDsn:\n"
        "        return PostgresDsn.build(scheme='postgresql', host=self.host, path='depot')\n\n"
        "s = S()\nengine = create_async_engine(str(s.url))\n",
        {}, ("depot/db.py", 9), id="built-by-settings",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("database", "files", "place"), SPELLINGS)
@pytest.mark.parametrize("versions", ["current", "2026-02"])
def test_scheme_is_written_out_where_it_stands(
    tmp_path: Path, database: str, files: dict[str, str], place: tuple[str, int], versions: str
) -> None:
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, ".gitignore": ".env\n", "depot/__init__.py": "", "depot/db.py": database,
        "main.py": MAIN, **files,
    })  # fmt: skip
    report = audited(root, versions)
    assert pressing(report) == {("BP501", *place, Safety.SAFE)}
    assert report.fixed_verdict is Verdict.STARTS


def test_shared_engine_url_is_not_made_synchronous(tmp_path: Path) -> None:
    database = (
        "from sqlalchemy import create_engine, text\nfrom sqlalchemy.ext.asyncio import create_async_engine\n\n"
        "URL = 'postgresql+asyncpg://depot@localhost/depot'\nengine = create_async_engine(URL)\n"
        "with create_engine(URL).connect() as connection:\n    connection.execute(text('SELECT 1'))\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "depot/__init__.py": "", "depot/db.py": database, "main.py": MAIN,
    })  # fmt: skip
    assert pressing(audited(root)) == {("BP505", "depot/db.py", 4, None)}


def test_models_are_imported_in_the_package_that_imports_models(tmp_path: Path) -> None:
    base = "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase):\n    pass\n"
    shelf = (
        "from sqlalchemy import ForeignKey\nfrom sqlalchemy.orm import Mapped, mapped_column\n\n"
        "from depot.models.base import Base\n\nclass Shelf(Base):\n    __tablename__ = 'shelf'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    hall_id: Mapped[int] = mapped_column(ForeignKey('halls.id'))\n"
    )
    hall = (
        "from sqlalchemy.orm import Mapped, mapped_column\n\nfrom depot.models.base import Base\n\n"
        "class Hall(Base):\n    __tablename__ = 'halls'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    main = (
        "from fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\nfrom depot.models import Base\n\n"
        "Base.metadata.create_all(create_engine('sqlite://'))\napp = FastAPI()\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "depot/__init__.py": "", "main.py": main,
        "depot/models/__init__.py": "from .base import Base\nfrom .shelf import Shelf\n",
        "depot/models/base.py": base, "depot/models/shelf.py": shelf, "depot/models/hall.py": hall,
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {("BP507", "depot/models/shelf.py", 9, Safety.SAFE)}
    fix(Options(root=root), report, write=True)
    assert "from depot.models.hall import Hall  # noqa: F401\n" in (root / "depot/models/__init__.py").read_text()
    assert audited(root).verdict is Verdict.STARTS


HELD = "import os\nfrom dotenv import load_dotenv\nfrom sqlalchemy.ext.asyncio import create_async_engine\n\nload_dotenv()\n"
PARTS = "f'postgresql+asyncpg://{os.environ[\"WHO\"]}@localhost:{os.environ[\"DOOR\"]}/depot'"


@pytest.mark.parametrize(
    ("given", "value", "blamed"),
    [
        ("os.environ['STORE']", "STORE=depot", [("BP510", ".env", 1)]), ("os.getenv('STORE', 'sqlite+aiosqlite:///x.db')", "STORE=depot", [("BP510", ".env", 1)]),
        ("os.environ['STORE']", "STORE=postgresql+asyncpg://depot@localhost:door/depot", [("BP510", ".env", 1)]),
        (PARTS, "WHO=depot\nDOOR=door", []), ("'postgresql+asyncpg://depot:' + os.environ['DOOR']", "DOOR=door", []),
    ],
)  # fmt: skip
def test_a_value_that_is_no_url_is_blamed_where_it_stands(
    tmp_path: Path, given: str, value: str, blamed: list[tuple[str, str, int]]
) -> None:
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS + "aiosqlite\n", ".env": value + "\n", "depot/__init__.py": "",
        "depot/db.py": f"{HELD}engine = create_async_engine({given})\n", "main.py": MAIN,
    })  # fmt: skip
    found = [(code, file, line) for code, file, line, _ in pressing(audited(root, "current"))]
    assert [each for each in found if each[0] != "BP000"] == blamed
