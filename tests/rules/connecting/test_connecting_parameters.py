"""Connection parameters that asyncpg does not take, wherever people write them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.report import Report
from bootproof.model.words import Safety, Severity, Verdict
from tests.conftest import audited

pytestmark = pytest.mark.slow

REQUIREMENTS = "fastapi\nuvicorn\nsqlalchemy[asyncio]\nasyncpg\npython-dotenv\n"
APPLICATION = """\
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from {package}.db import engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health():
    return "ok"
"""


def project(root: Path, database: str, package: str = "depot", **files: str) -> Path:
    written = {
        "requirements.txt": REQUIREMENTS,
        f"{package}/__init__.py": "",
        f"{package}/db.py": database,
        f"{package}/api.py": APPLICATION.format(package=package),
        ".gitignore": ".env*\n",
        **files,
    }
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def pressing(report: Report) -> Mapping[str, tuple[str, int, Safety | None]]:
    return {
        each.code: (each.file, each.line, each.fix.safety if each.fix else None)
        for each in report.findings
        if each.severity is not Severity.ADVICE
    }


READ = """\
import os

from dotenv import load_dotenv
from sqlalchemy.ext.asyncio import create_async_engine

load_dotenv()
engine = create_async_engine(os.environ["{key}"])
"""
WRITTEN = """\
from sqlalchemy.ext.asyncio import create_async_engine

{before}
engine = create_async_engine({url}{more})
"""
HEAD = "postgresql+asyncpg://depot@db.example.com/depot"

IN_FILES = [
    pytest.param(
        "DATABASE_URL",
        f'DEBUG=1\r\nexport DATABASE_URL="{HEAD}?sslmode=require"\r\n',
        2,
        '?ssl=require"\r\n',
        id="crlf",
    ),
    pytest.param(
        "PG_DSN", f"PG_DSN={HEAD}?command_timeout=&sslmode=verify-full # hosted\n", 1, None, id="other-fault-first"
    ),
    pytest.param(
        "PG_DSN",
        f"PG_DSN={HEAD}?sslmode=verify-full # hosted\n",
        1,
        "?ssl=verify-full # hosted",
        id="comment-and-verify",
    ),
]


@pytest.mark.parametrize(("key", "settings", "line", "mended"), IN_FILES)
def test_sslmode_in_a_settings_file(tmp_path: Path, key: str, settings: str, line: int, mended: str | None) -> None:
    root = project(tmp_path, READ.format(key=key), **{".env": settings})

    report = audited(root)

    assert pressing(report)["BP601"] == (".env", line, Safety.SAFE)
    if mended is not None:
        fix(Options(root=root), report, write=True)
        assert mended.encode() in (root / ".env").read_bytes()
        assert b"sslmode" not in (root / ".env").read_bytes()


IN_CODE = [
    pytest.param("", f'"{HEAD}?sslmode=disable"', "", f'"{HEAD}?ssl=disable"', id="literal"),
    pytest.param(
        'host = "db.example.com"',
        'f"postgresql+asyncpg://depot@{host}/depot?sslmode=prefer"',
        "",
        'f"postgresql+asyncpg://depot@{host}/depot?ssl=prefer"',
        id="f-string",
    ),
    pytest.param("", f'\n    "{HEAD}"\n    "?sslmode=disable",\n', "", '"?ssl=disable"', id="two-literals"),
    pytest.param(
        "", f'"{HEAD}"', ', connect_args={"sslmode": "disable"}', 'connect_args={"ssl": "disable"}', id="connect-args"
    ),
    pytest.param(
        'options = {"sslmode": "disable", "timeout": 5}',
        f'"{HEAD}"',
        ", connect_args=options",
        '{"ssl": "disable", "timeout": 5}',
        id="connect-args-by-name",
    ),
]


@pytest.mark.parametrize(("before", "url", "more", "mended"), IN_CODE)
def test_sslmode_in_code(tmp_path: Path, before: str, url: str, more: str, mended: str) -> None:
    root = project(tmp_path, WRITTEN.format(before=before, url=url, more=more), package="lager")

    report = audited(root)

    assert set(pressing(report)) == {"BP601"}
    fix(Options(root=root), report, write=True)
    assert mended in (root / "lager/db.py").read_text()
    assert audited(root).verdict is Verdict.STARTS


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ("?channel_binding=require", ""),
        ("?channel_binding=require&ssl=prefer", "?ssl=prefer"),
        ("?ssl=prefer&channel_binding=require", "?ssl=prefer"),
    ],
)
def test_channel_binding_goes_with_its_separator_and_only_unsafely(tmp_path: Path, query: str, mended: str) -> None:
    root = project(tmp_path, READ.format(key="DATABASE_URL"), **{".env": f"DATABASE_URL={HEAD}{query}\n"})
    before = (root / ".env").read_bytes()

    report = audited(root)

    assert pressing(report) == {"BP602": (".env", 1, Safety.UNSAFE)}
    found = next(each for each in report.findings if each.code == "BP602")
    assert found.fix is not None
    assert "channel binding" in found.fix.loses
    fix(Options(root=root), report, write=True)
    assert (root / ".env").read_bytes() == before
    fix(Options(root=root, unsafe=True), report, write=True)
    assert (root / ".env").read_text() == f"DATABASE_URL={HEAD}{mended}\n"


def test_channel_binding_that_only_prefers_goes_safely(tmp_path: Path) -> None:
    root = project(
        tmp_path, READ.format(key="DATABASE_URL"), **{".env": f"DATABASE_URL={HEAD}?channel_binding=prefer\n"}
    )
    assert pressing(audited(root)) == {"BP602": (".env", 1, Safety.SAFE)}


@pytest.mark.parametrize(
    ("entry", "mended"),
    [
        ('"application_name": "depot"', '"server_settings": {"application_name": "depot"}'),
        ('"options": "-c search_path=stock"', '"server_settings": {"search_path": "stock"}'),
        ('"prepare_threshold": None', '"statement_cache_size": 0'),
    ],
)
def test_other_drivers_words_in_connect_args_are_translated(tmp_path: Path, entry: str, mended: str) -> None:
    root = project(tmp_path, WRITTEN.format(before="", url=f'"{HEAD}"', more=f", connect_args={{{entry}}}"))

    report = audited(root)

    assert pressing(report) == {"BP603": ("depot/db.py", 4, Safety.SAFE)}
    fix(Options(root=root), report, write=True)
    assert mended in (root / "depot/db.py").read_text()


def test_an_unknown_word_of_a_url_is_dropped_only_unsafely_and_each_is_a_finding(tmp_path: Path) -> None:
    url = f"{HEAD}?pgbouncer=true&connect_timeout=5&ssl=prefer"
    root = project(tmp_path, READ.format(key="DATABASE_URL"), **{".env": f"DATABASE_URL={url}\n"})

    report = audited(root)

    keys = {each.key for each in report.findings if each.code == "BP603"}
    assert keys == {"DATABASE_URL:pgbouncer", "DATABASE_URL:connect_timeout"}
    assert pressing(report)["BP603"][2] is Safety.UNSAFE
    fix(Options(root=root, unsafe=True), report, write=True)
    assert (root / ".env").read_text() == f"DATABASE_URL={HEAD}?ssl=prefer\n"


def test_no_secret_is_told(tmp_path: Path) -> None:
    url = HEAD.replace("depot@", "depot:wq7TzpXk41@")
    root = project(
        tmp_path,
        READ.format(key="DATABASE_URL"),
        **{".env": f"DATABASE_URL={url}?sslmode=require&channel_binding=require\n"},
    )

    report = audited(root)

    told = " ".join(f"{each.cause} {each.explanation} {each.key} {each.fingerprint}" for each in report.findings)
    assert {"BP601", "BP602"} <= set(pressing(report))
    assert "wq7TzpXk41" not in told
