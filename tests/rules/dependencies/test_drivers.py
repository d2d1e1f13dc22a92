"""Which driver an engine lacks, told by real audits of small backends."""

from pathlib import Path

import pytest

from bootproof.model.finding import Finding
from bootproof.model.words import Severity, Verdict
from tests.conftest import audited

pytestmark = pytest.mark.slow

BACKEND = """
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine as build

engine = build({url!r})


@asynccontextmanager
async def lifespan(app):
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
"""
COMMON = "fastapi\nuvicorn\nsqlalchemy[asyncio]\n"


def backend(root: Path, url: str, requirements: str, **files: str) -> Path:
    (root / "server.py").write_text(BACKEND.format(url=url))
    (root / "requirements.txt").write_bytes(requirements.encode())
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    return root


def finding(root: Path, code: str, versions: str = "current") -> Finding:
    report = audited(root, versions)
    found = [each for each in report.findings if each.code == code]
    assert len(found) == 1, [(each.fingerprint, each.cause) for each in report.findings]
    return found[0]


def test_sqlite_gets_its_asynchronous_driver(tmp_path: Path) -> None:
    found = finding(backend(tmp_path, "sqlite:///:memory:", COMMON), "BP102")
    assert found.key == "sqlite"
    assert found.fix is not None
    assert found.fix.requires == ("aiosqlite",)


def test_driver_named_by_the_url_is_declared_on_a_crlf_file(tmp_path: Path) -> None:
    root = backend(tmp_path, "postgresql+psycopg://a:b@localhost/shop", COMMON.replace("\n", "\r\n"))
    found = finding(root, "BP102")
    assert found.severity is Severity.BLOCKER
    assert found.fix is not None
    assert found.fix.requires[0].startswith("psycopg[binary]")
    assert [edit.new.endswith("\r\n") for edit in found.fix.edits] == [True]


@pytest.mark.parametrize("versions", ["current", "2026-02"])
def test_mention_in_the_readme_decides_between_rivals(tmp_path: Path, versions: str) -> None:
    root = backend(
        tmp_path, "postgresql://a:b@localhost/shop", COMMON + "psycopg2-binary\n", README_md="PostgreSQL by asyncpg\n"
    )
    found = finding(root, "BP102", versions)
    assert found.line == 4
    assert found.fix is not None
    assert found.fix.requires == ("asyncpg>=0.29.0",)
    assert ["psycopg" in each.title for each in found.fix.rivals] == [True]


def test_without_any_hint_the_fewest_edits_win(tmp_path: Path) -> None:
    root = backend(tmp_path, "postgresql://a:b@localhost/shop", COMMON + "psycopg2-binary\n")
    report = audited(root, "current")
    assert [each.code for each in report.findings if each.severity is Severity.BLOCKER] == ["BP102"]
    assert report.fixed_verdict is Verdict.STARTS


def test_plain_url_with_the_default_asynchronous_driver_is_no_fault(tmp_path: Path) -> None:
    root = backend(tmp_path, "postgresql://a:b@localhost/shop", COMMON + "psycopg[binary]\n")
    report = audited(root, "current")
    assert report.verdict is Verdict.STARTS
    assert not [each for each in report.findings if each.code.startswith("BP1")]


def test_synchronous_engine_without_its_driver(tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text(
        "import sqlalchemy as sa\nfrom fastapi import FastAPI\n"
        'engine = sa.create_engine("postgresql+psycopg2://a:b@localhost/shop")\napp = FastAPI()\n'
    )
    (tmp_path / "requirements.txt").write_text("fastapi\nuvicorn\nsqlalchemy\n")
    found = finding(tmp_path, "BP102")
    assert found.fix is not None
    assert found.fix.requires[0].startswith("psycopg2")
    assert found.severity is Severity.BLOCKER
