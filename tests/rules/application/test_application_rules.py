"""Applications that cannot be made, in the spellings that people use."""

from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.words import Safety, Verdict
from tests.conftest import audited
from tests.rules.reading_facts import written
from tests.rules.settings.test_settings_rules import pressing

pytestmark = pytest.mark.slow

REQUIREMENTS = "fastapi\nuvicorn\nsqlalchemy\n"
DATABASE = """\
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

new = sessionmaker(create_engine("sqlite://"))


def one_session():
    session = new()
    try:
        yield session
    finally:
        session.close()
{more}"""
ROUTES = """\
import sqlalchemy.orm as orm
from fastapi import APIRouter, Depends, Request

from hall.database import one_session

router = APIRouter()


def current(db: orm.Session, request: Request) -> int:
    return 1


@router.post("/seats")
def seat(
    request: Request,
    who: int = Depends(current),
    *,
    db: orm.Session = Depends(one_session),
) -> int:
    return who


@router.get("/seats/{{seat}}")
def seats(seat: int, db: "orm.Session", page: int = 1) -> int:
    return page
"""
MAIN = "from fastapi import FastAPI\n\nfrom hall.routes import router\n\napp = FastAPI()\napp.include_router(router)\n"


def project(tmp_path: Path, more: str = "") -> Path:
    return written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "hall/__init__.py": "", "hall/database.py": DATABASE.format(more=more),
        "hall/routes.py": ROUTES.replace("{{", "{").replace("}}", "}"), "main.py": MAIN,
    })  # fmt: skip


def test_every_parameter_gets_its_session_in_a_dependency_too(tmp_path: Path) -> None:
    root = project(tmp_path)
    report = audited(root)
    assert pressing(report) == {
        ("BP401", "hall/routes.py", 9, Safety.SAFE),
        ("BP401", "hall/routes.py", 24, Safety.SAFE),
    }
    fix(Options(root=root), report, write=True)
    assert audited(root).verdict is Verdict.STARTS


def test_of_two_providers_the_one_in_use_is_taken(tmp_path: Path) -> None:
    more = "\n\ndef other_session():\n    with new() as session:\n        yield session\n"
    report = audited(project(tmp_path, more))
    assert {each[3] for each in pressing(report)} == {Safety.SAFE}


def test_static_directory_beside_the_code_is_named_from_there(tmp_path: Path) -> None:
    main = (
        "from fastapi import FastAPI\nfrom starlette import staticfiles\n\napp = FastAPI()\n"
        "app.mount('/assets', staticfiles.StaticFiles(directory='assets'))\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "service/__init__.py": "", "service/main.py": main,
        "service/assets/logo.txt": "logo",
    })  # fmt: skip
    report = audited(root, app="service.main:app")
    assert pressing(report) == {("BP402", "service/main.py", 5, Safety.SAFE)}
    fix(Options(root=root), report, write=True)
    assert not (root / "assets").exists()
    assert audited(root, app="service.main:app").verdict is Verdict.STARTS
