"""What an import statement asks for in vain, told by real audits of small backends."""

from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.report import Report
from bootproof.model.words import Safety, Severity, Verdict
from tests.conftest import audited

pytestmark = pytest.mark.slow

REQUIREMENTS = "fastapi\nuvicorn\n"


def project(root: Path, files: dict[str, str], requirements: str = REQUIREMENTS) -> Path:
    for name, text in {**files, "requirements.txt": requirements}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def blocking(report: Report) -> list[tuple[str, str, int]]:
    return [(each.code, each.file, each.line) for each in report.findings if each.severity is Severity.BLOCKER]


def test_one_finding_for_each_name_and_the_rest_of_the_statement_stays(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "inn/__init__.py": "",
            "inn/web.py": "from fastapi import FastAPI\nfrom inn.store import Room\napp = FastAPI()\n",
            "inn/store.py": (
                "from sqlalchemy.orm import (\r\n    AsyncSession,\r\n    DeclarativeBase,  # the base\r\n"
                "    async_sessionmaker as maker,\r\n)\r\n\r\n\r\nclass Room(DeclarativeBase):\r\n    pass\r\n"
                "\r\n\r\nsessions = maker(class_=AsyncSession)\r\n"
            ),
        },
        REQUIREMENTS + "sqlalchemy[asyncio]\n",
    )
    report = audited(root)
    assert blocking(report) == [("BP201", "inn/store.py", 1), ("BP201", "inn/store.py", 1)]
    assert report.fixed_verdict is Verdict.STARTS
    fix(Options(root=root), report, write=True)
    text = (root / "inn/store.py").read_bytes().decode()
    assert "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker as maker\r\n" in text
    assert "# the base" in text


def test_attribute_of_a_module_is_imported_from_its_home(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "till.py": "import sqlalchemy.orm as orm\nfrom fastapi import FastAPI\n"
            "app = FastAPI()\nmake = orm.async_sessionmaker\n"
        },
        REQUIREMENTS + "sqlalchemy[asyncio]\n",
    )
    report = audited(root)
    assert blocking(report) == [("BP201", "till.py", 4)]
    assert report.fixed_verdict is Verdict.STARTS


def test_name_that_is_gone_has_no_invented_home(tmp_path: Path) -> None:
    root = project(
        tmp_path, {"till.py": "from pydantic import ConstrainedStr\nfrom fastapi import FastAPI\napp = FastAPI()\n"}
    )
    report = audited(root)
    assert blocking(report) == [("BP201", "till.py", 1)]
    assert report.findings[0].fix is None


def test_circle_of_three_in_a_src_layout_is_cut_where_it_costs_least(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "Procfile": "web: uvicorn --app-dir src inn.web:app\n",
            "src/inn/__init__.py": "",
            "src/inn/web.py": "from fastapi import FastAPI\nfrom inn import rooms\napp = FastAPI()\n",
            "src/inn/rooms.py": "from inn.guests import greet\n\nFIRST = greet\n\n\ndef free():\n    return 3\n",
            "src/inn/guests.py": "from .bills import total\n\n\ndef greet():\n    return total()\n\n\n"
            "def leave():\n    return total()\n",
            "src/inn/bills.py": "from inn.rooms import free\n\n\ndef total():\n    return free()\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP202", "src/inn/bills.py", 1)]
    found = next(each for each in report.findings if each.code == "BP202")
    assert [each.file.rpartition("/")[2] for each in found.related] == ["bills.py", "rooms.py", "guests.py"]
    assert report.fixed_verdict is Verdict.STARTS


def test_circle_that_only_annotations_need(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "web.py": "from fastapi import FastAPI\nfrom guests import Guest\napp = FastAPI()\n",
            "guests.py": "from rooms import Room\n\n\nclass Guest:\n"
            "    def __init__(self, room: Room) -> None:\n        self.room = Room()\n",
            "rooms.py": "from __future__ import annotations\n\nfrom guests import Guest\n\n\n"
            "class Room:\n    guest: Guest | None = None\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP202", "rooms.py", 3)]
    fix(Options(root=root), report, write=True)
    assert "if TYPE_CHECKING:\n    from guests import Guest\n" in (root / "rooms.py").read_text()
    assert audited(root).verdict is Verdict.STARTS


def test_circle_that_everyone_needs_at_once_has_no_fix(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "web.py": "import guests\nfrom fastapi import FastAPI\napp = FastAPI()\n",
            "guests.py": "import rooms\n\n\nclass Guest:\n    room = rooms.Room\n",
            "rooms.py": "import guests\n\n\nclass Room:\n    guest = guests.Guest\n",
        },
    )
    report = audited(root)
    assert [each[0] for each in blocking(report)] == ["BP202"]
    assert all(each.fix is None for each in report.findings if each.code == "BP202")


def test_name_defined_elsewhere_is_imported_from_there(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "web.py": "from fastapi import FastAPI\nfrom texts import GREETING\napp = FastAPI(title=GREETING)\n",
            "texts.py": "FAREWELL = 'bye'\n",
            "words.py": "GREETING = 'hello'\n",
        },
    )
    report = audited(root)
    found = next(each for each in report.findings if each.code == "BP203")
    assert found.severity is Severity.BLOCKER
    assert found.fix is not None
    assert found.fix.safety is Safety.SAFE
    assert report.fixed_verdict is Verdict.STARTS


def test_misspelt_module_of_the_project(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "inn/__init__.py": "",
            "inn/web.py": "from fastapi import FastAPI\nfrom inn.setings import TITLE\napp = FastAPI(title=TITLE)\n",
            "inn/settings.py": "TITLE = 'inn'\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP203", "inn/web.py", 2)]
    assert report.fixed_verdict is Verdict.STARTS


def test_import_for_its_effect_is_not_called_unused(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "web.py": "import tables\nfrom tables import Guest\n"
            "from fastapi import Depends, FastAPI\napp = FastAPI()\n",
            "tables.py": "class Guest:\n    pass\n",
        },
    )
    found = [each for each in audited(root).findings if each.code == "BP290"]
    assert [(each.line, each.key) for each in found] == [(3, "fastapi:Depends")]


def test_misspelt_module_in_a_folder_without_init(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "inn/web.py": "from fastapi import FastAPI\nfrom inn.pages import romms\n"
            "app = FastAPI()\napp.include_router(romms.router)\n",
            "inn/pages/rooms.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP203", "inn/web.py", 2)]
    assert report.fixed_verdict is Verdict.STARTS


def test_alembic_that_does_not_find_the_package(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "Procfile": "release: alembic upgrade head\nweb: uvicorn inn.web:app\n",
            "inn/__init__.py": "",
            "inn/tables.py": "from sqlalchemy import MetaData\nmetadata = MetaData()\n",
            "inn/web.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "alembic.ini": "[alembic]\nscript_location = moves\n",
            "moves/env.py": "from alembic import context\nfrom sqlalchemy import create_engine\n"
            "from inn.tables import metadata\n\nwith create_engine('sqlite://').connect() as connection:\n"
            "    context.configure(connection=connection, target_metadata=metadata)\n"
            "    with context.begin_transaction():\n        context.run_migrations()\n",
            "moves/versions/one.py": "revision = 'one'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n",
        },
        REQUIREMENTS + "alembic\nsqlalchemy\n",
    )
    report = audited(root)
    assert blocking(report) == [("BP204", "alembic.ini", 2)]
    fix(Options(root=root), report, write=True)
    assert "prepend_sys_path = .\n" in (root / "alembic.ini").read_text()
    assert audited(root).verdict is Verdict.STARTS


def test_circle_of_whole_modules_is_broken_where_the_use_can_wait(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "till.py": "import rooms\nfrom fastapi import FastAPI\napp = FastAPI()\n",
            "rooms.py": "import guests\n\n\nclass Room:\n    def of(self):\n        return guests.Guest.name\n",
            "guests.py": "import rooms as places\n\n\nclass Guest(places.Room):\n    name = 'none'\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP202", "rooms.py", 1)]
    assert report.fixed_verdict is Verdict.STARTS


def test_script_in_the_package_is_run_as_a_module(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "inn/__init__.py": "",
            "inn/rates.py": "RATE = 3\n",
            "inn/serve.py": "import uvicorn\nfrom fastapi import FastAPI\n\nfrom inn.rates import RATE\n\n"
            "app = FastAPI(version=str(RATE))\n\nif __name__ == '__main__':\n    uvicorn.run(app)\n",
            "Dockerfile": 'FROM python:3.11\nWORKDIR /srv\nCOPY . .\nCMD ["python", "-u", "inn/serve.py"]\n',
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP204", "inn/serve.py", 4)]
    assert report.fixed_verdict is Verdict.STARTS
    fix(Options(root=root), report, write=True)
    assert 'CMD ["python", "-u", "-m", "inn.serve"]' in (root / "Dockerfile").read_text()


def test_server_that_is_started_inside_the_package_is_told_the_folder_above(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "inn/__init__.py": "",
            "inn/rates.py": "RATE = 3\n",
            "inn/web.py": "from fastapi import FastAPI\nfrom inn.rates import RATE\napp = FastAPI(version=str(RATE))\n",
            "Procfile": "web: cd inn && uvicorn web:app --port $PORT\n",
        },
    )
    report = audited(root)
    assert blocking(report) == [("BP204", "inn/web.py", 2)]
    assert report.findings[0].fix is not None and report.findings[0].fix.safety is Safety.UNSAFE
    assert report.fixed_verdict is Verdict.STARTS


def test_of_several_backends_the_own_package_is_meant(tmp_path: Path) -> None:
    web = "from fastapi import FastAPI\nfrom inn.rates import RATE\napp = FastAPI(version=str(RATE))\n"
    root = project(
        tmp_path,
        {f"{place}/inn/{file}": text for place in ("abbey", "manor") for file, text in (("web.py", web), ("rates.py", "RATE = 3\n"))}
        | {"Procfile": "web: uvicorn manor.inn.web:app --port $PORT\n"},
    )
    report = audited(root)
    assert blocking(report) == [("BP204", "manor/inn/web.py", 2)]
    assert "in `manor`" in report.findings[0].cause
    assert report.fixed_verdict is Verdict.STARTS
