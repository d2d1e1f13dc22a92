"""Faults at a connection in code: each is diagnosed at its line, mended, and starts."""

from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.words import Severity, Verdict
from tests.conftest import audited

pytestmark = pytest.mark.slow

SERVER = """\
import asyncio
from contextlib import asynccontextmanager
{imports}
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from {package}.tables import Base, engine


@asynccontextmanager
async def lifespan(application: FastAPI):
    async with engine.begin() as conn:
        await conn.run_sync(Base.metadata.create_all)
    await begin()
    yield


async def begin():
{body}


web = FastAPI(lifespan=lifespan)


@web.get("/healthz")
def healthz():
    return {{"up": True}}
"""
TABLES = """\
import datetime

from sqlalchemy import DateTime, String
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("postgresql+asyncpg://crew@pg.example.net:6432/crew")


class Base(DeclarativeBase):
    type_annotation_map = {}


class Shift(Base):
    __tablename__ = "shift"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column("name", String(20), default="early")
    starts: Mapped[datetime.datetime]%s
"""

CASES = [
    pytest.param(
        "BP610",
        '    query = "SELECT 1"\n    async with engine.connect() as conn:\n        await conn.execute(query)',
        "",
        "text(query)",
        id="sql-in-a-name",
    ),
    pytest.param(
        "BP610",
        '    text = "shift"\n'
        '    async with engine.connect() as conn:\n'
        '        await conn.scalar(f"SELECT count(*) FROM {text}")',
        "",
        "from sqlalchemy import text as sqlalchemy_text",
        id="the-word-text-is-taken",
    ),
    pytest.param(
        "BP610",
        '    async with AsyncSession(engine) as s:\n'
        '        await s.execute(\n'
        '            "SELECT 1"\n'
        '        )',
        "import sqlalchemy as sa",
        'text("SELECT 1")',
        id="session-over-lines",
    ),
    pytest.param(
        "BP611",
        "    async with AsyncSession(engine) as s:\n"
        "        found = s.execute(sa.select(1))\n"
        "        print(found.scalars())",
        "import sqlalchemy as sa",
        "found = await s.execute(sa.select(1))",
        id="by-name",
    ),
    pytest.param(
        "BP611",
        "    async with AsyncSession(engine) as s:\n"
        "        print(await s.execute(sa.select(1)).scalars().all())",
        "import sqlalchemy as sa",
        "print((await s.execute(sa.select(1))).scalars().all())",
        id="await-around-the-whole",
    ),
    pytest.param(
        "BP612",
        "    async with engine.begin() as c:\n        Base.metadata.create_all(c, checkfirst=True)",
        "",
        "await c.run_sync(Base.metadata.create_all, checkfirst=True)",
        id="connection",
    ),
    pytest.param("BP622", "    asyncio.run(asyncio.sleep(0))", "", "await asyncio.sleep(0)", id="run-in-a-loop"),
    pytest.param(
        "BP622",
        "    seed()\n\n\ndef seed():\n    asyncio.run(asyncio.sleep(0))",
        "",
        "await asyncio.to_thread(seed)",
        id="run-below-a-function",
    ),
]


def write(
    root: Path,
    package: str,
    imports: str,
    body: str,
    column: str = " = mapped_column(DateTime(timezone=True), nullable=True)",
) -> Path:
    (root / "src" / package).mkdir(parents=True)
    (root / "requirements.txt").write_text("fastapi\nuvicorn\nsqlalchemy[asyncio]\nasyncpg\n")
    (root / "src" / package / "__init__.py").touch()
    (root / "src" / package / "serve.py").write_text(SERVER.format(package=package, imports=imports, body=body))
    (root / "src" / package / "tables.py").write_text(TABLES % column)
    (root / "Procfile").write_text(f"web: uvicorn {package}.serve:web --app-dir src\n")
    return root


@pytest.mark.parametrize(("code", "body", "imports", "mended"), CASES)
def test_fault_in_code_is_found_and_mended(tmp_path: Path, code: str, body: str, imports: str, mended: str) -> None:
    root = write(tmp_path, "crew", imports, body)

    report = audited(root)

    blockers = [each for each in report.findings if each.severity is Severity.BLOCKER]
    assert [each.code for each in blockers] == [code], [each.cause for each in blockers]
    fix(Options(root=root), report, write=True)
    text = (root / "src/crew/serve.py").read_text()
    assert mended in text
    assert audited(root).verdict is Verdict.STARTS


@pytest.mark.parametrize(
    ("column", "mended"),
    [
        ("", "starts: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))"),
        (" = mapped_column(nullable=False)", "mapped_column(DateTime(timezone=True), nullable=False)"),
        (' = mapped_column("begin", DateTime())', 'mapped_column("begin", DateTime(timezone=True))'),
    ],
)
def test_a_naive_column_is_named_by_its_attribute(tmp_path: Path, column: str, mended: str) -> None:
    body = (
        "    async with AsyncSession(engine) as s:\n"
        "        s.add(Shift(starts=datetime.datetime.now(datetime.timezone.utc)))\n"
        "        await s.commit()"
    )
    root = write(tmp_path, "rota", "import datetime", body, column)
    server = root / "src/rota/serve.py"
    server.write_text(server.read_text().replace("import Base, engine", "import Base, Shift, engine"))

    report = audited(root)

    found = next(each for each in report.findings if each.severity is Severity.BLOCKER)
    assert (found.code, found.key, found.file) == ("BP614", "Shift.starts", "src/rota/tables.py")
    fix(Options(root=root, unsafe=True), report, write=True)
    assert mended in (root / "src/rota/tables.py").read_text()
