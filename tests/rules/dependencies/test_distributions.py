"""Which distribution is missing, wrong or does not fit, told by real audits of small backends."""

from pathlib import Path

import pytest

from bootproof.model.finding import Finding
from bootproof.model.words import Safety, Severity, Verdict
from tests.conftest import audited

pytestmark = pytest.mark.slow

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def blockers(
    root: Path, source: str, requirements: str, versions: str | None = "current"
) -> tuple[list[Finding], Verdict]:
    (root / "service.py").write_text(source)
    (root / "requirements.txt").write_text(requirements)
    report = audited(root, versions)
    return [each for each in report.findings if each.severity is Severity.BLOCKER], report.fixed_verdict


@pytest.mark.parametrize(
    ("source", "declared"),
    [
        ("import yaml as reader\n", "pyyaml"),
        ("from jose import (\n    jwt,\n)\n", "python-jose"),
        ("import dateutil.parser\n", "python-dateutil"),
    ],
)
def test_module_of_another_name_is_found(tmp_path: Path, source: str, declared: str) -> None:
    found, verdict = blockers(tmp_path, source + APP, "fastapi\nuvicorn\n")
    assert [(each.code, each.line) for each in found] == [("BP101", 1)]
    assert found[0].fix is not None
    assert found[0].fix.requires == (declared,)
    assert verdict is Verdict.STARTS


def test_module_that_nobody_has_is_told_without_a_fix(tmp_path: Path) -> None:
    found, verdict = blockers(tmp_path, "import surely_nobody_has_this_module\n" + APP, "fastapi\nuvicorn\n")
    assert [(each.code, each.fix) for each in found] == [("BP101", None)]
    assert verdict is Verdict.FAILS


def test_two_optional_distributions_are_two_findings(tmp_path: Path) -> None:
    source = (
        "from fastapi.templating import Jinja2Templates\nfrom pydantic import BaseModel, EmailStr\n"
        + APP
        + "pages = Jinja2Templates('.')\n\n\nclass Guest(BaseModel):\n    mail: EmailStr\n"
    )
    found, verdict = blockers(tmp_path, source, "fastapi\nuvicorn\n")
    assert {(each.code, each.key) for each in found} == {("BP104", "jinja2"), ("BP104", "email-validator")}
    assert verdict is Verdict.STARTS


def test_an_extra_that_a_library_quotes_goes_on_its_own_line(tmp_path: Path) -> None:
    source = "from flask import Flask\napp = Flask(__name__)\n\n\n@app.get('/health')\nasync def health():\n    return 'well'\n"
    found, verdict = blockers(tmp_path, source, "flask>=3  # the framework\nuvicorn\n")
    assert [(each.code, each.line, each.key) for each in found] == [("BP104", 1, "flask[async]")]
    assert found[0].fix is not None
    assert found[0].fix.requires == ("flask[async]>=3",)
    assert verdict is Verdict.STARTS


def test_older_series_of_what_a_library_does_not_fit(tmp_path: Path) -> None:
    source = (
        "from passlib.hash import bcrypt\n" + APP + "\n\n@app.get('/health')\ndef health():\n    return {}\n\n\n"
        "FIRST = bcrypt.hash('only-an-example')\n"
    )
    found, verdict = blockers(tmp_path, source, "fastapi\nuvicorn\npasslib\nbcrypt>=5\n", None)
    assert [(each.code, each.key, each.line) for each in found] == [("BP105", "passlib:bcrypt", 4)]
    assert found[0].fix is not None
    assert (found[0].fix.safety, found[0].fix.requires) == (Safety.SAFE, ("bcrypt<5",))
    assert verdict is Verdict.STARTS


def test_pre_release_that_a_library_does_not_fit_gives_way_to_its_final_releases(tmp_path: Path) -> None:
    source = "from alembic.config import Config\n" + APP
    found, verdict = blockers(tmp_path, source, "fastapi\nuvicorn\nalembic>=1.17\nSQLAlchemy==2.0.0b3\n", None)
    assert [(each.code, each.key, each.line) for each in found] == [("BP105", "alembic:sqlalchemy", 4)]
    assert found[0].fix is not None
    assert (found[0].fix.safety, found[0].fix.requires) == (Safety.UNSAFE, ("SQLAlchemy~=2.0.0",))
    assert verdict is Verdict.STARTS


def test_error_of_the_projects_own_is_no_misfit(tmp_path: Path) -> None:
    source = "from passlib.hash import sha256_crypt\n" + APP + "raise ValueError('no key for the till')\n"
    found, _ = blockers(tmp_path, source, "fastapi\nuvicorn\npasslib\n")
    assert not [each for each in found if each.code.startswith("BP1")]


def test_requirement_goes_into_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "till"\nversion = "1"\ndependencies = [\n    "fastapi",\n    "uvicorn",\n]\n'
    )
    (tmp_path / "service.py").write_text("import yaml\n" + APP)
    report = audited(tmp_path)
    found = next(each for each in report.findings if each.code == "BP101")
    assert found.fix is not None
    assert [edit.file for edit in found.fix.edits] == ["pyproject.toml"]  # type: ignore[union-attr]


def test_an_own_module_that_the_start_does_not_look_for_is_no_missing_distribution(tmp_path: Path) -> None:
    """A distribution of that name may exist, and is not the one that is meant."""
    (tmp_path / "accounts/forms").mkdir(parents=True)
    (tmp_path / "accounts/libs.py").write_text("def checked(word):\n    return bool(word)\n")
    (tmp_path / "accounts/forms/token.py").write_text("from libs import checked\n")
    found, _ = blockers(tmp_path, "import accounts.forms.token\n" + APP, "fastapi\nuvicorn\n")
    assert "BP101" not in {each.code for each in found}


def test_the_audited_folder_by_its_own_name_is_no_missing_distribution(tmp_path: Path) -> None:
    root = tmp_path / "backend"
    (root / "routes").mkdir(parents=True)
    (root / "routes/tasks.py").write_text("")
    found, _ = blockers(root, "from backend.routes import tasks\n" + APP, "fastapi\nuvicorn\n")
    assert [(each.code, each.file) for each in found] == [("BP000", "service.py")]
