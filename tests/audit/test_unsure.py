"""What rests on a variable that a start's shell may set in a way that is not understood is not claimed."""

from pathlib import Path

import pytest

from bootproof.model.words import Meaning, Severity, Verdict
from tests.conftest import audited

MAIN = """\
from fastapi import FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    token: str
    depth: int = 3


settings = Settings()
{more}
app = FastAPI()
"""
IMAGE = 'FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nCMD ["sh", "start.sh"]\n'


def audit(root: Path, script: str, more: str = "", env: str = ""):
    files = {"main.py": MAIN.replace("{more}", more), "start.sh": f"#!/bin/sh\n{script}\nexec uvicorn main:app\n", "Dockerfile": IMAGE, ".env": env}
    for name, text in {**files, "requirements.txt": "fastapi\nuvicorn\npydantic-settings\n"}.items():
        (root / name).write_text(text)
    return audited(root)


@pytest.mark.parametrize(
    ("script", "env"),
    [('eval "$(sed s/^/export\\ / .env)"', "TOKEN=one\n"), ("export TOKEN=$(cat /run/secrets/token)", ""), (". /run/secrets/app.env", "")],
)
def test_nothing_is_claimed_of_what_the_shell_may_set(tmp_path: Path, script: str, env: str) -> None:
    report = audit(tmp_path, script, env=env)
    assert (report.verdict, report.fixed_verdict) == (Verdict.UNPROVED, Verdict.UNPROVED)
    told = [(each.severity, each.proof.meaning, each.proof.note) for each in report.findings if each.proof and "start.sh:2" in each.proof.note]
    assert told, report.findings
    assert {each[:2] for each in told} == {(Severity.ADVICE, Meaning.UNPROVED)}
    assert any("`start.sh:2`" in text for text in report.not_tried)


def test_what_does_not_rest_on_it_is_claimed(tmp_path: Path) -> None:
    report = audit(tmp_path, "export DEPTH=$(nproc)", more="import nowhere_at_all")
    blockers = {each.code for each in report.findings if each.severity is Severity.BLOCKER}
    assert report.verdict is Verdict.FAILS
    assert "BP301" in blockers, "another variable than the one that the shell sets"
    assert len(blockers) > 1


def test_a_shell_that_sets_them_starts_it(tmp_path: Path) -> None:
    assert audit(tmp_path, "set -ae; . ./.env", env="TOKEN=one\n").verdict is Verdict.STARTS


def test_a_shell_that_keeps_them_to_itself_does_not(tmp_path: Path) -> None:
    report = audit(tmp_path, ". ./.env", env="TOKEN=one\n")
    assert [each.code for each in report.findings if each.severity is Severity.BLOCKER] == ["BP307"]


ENGINE = """\
import os
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine
engine = create_async_engine(os.environ["DATABASE_URL"])
app = FastAPI()
"""


@pytest.mark.parametrize(
    ("script", "files"),
    [
        # what a shell makes of a value that stands elsewhere is not known, so no fault of that value is either
        ("export DATABASE_URL=${DATABASE_URL/postgres:/postgresql+asyncpg:}", {"compose.yml": "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgres://u:p@db/x\n"}),
        ('export DATABASE_URL=$(echo "$DATABASE_URL" | sed s/postgres:/postgresql+asyncpg:/)', {".env": "DATABASE_URL=postgres://u:p@db/x\n"}),
    ],
)  # fmt: skip
def test_a_value_that_the_shell_changes_is_not_blamed(tmp_path: Path, script: str, files: dict[str, str]) -> None:
    more = {"start.sh": f"#!/bin/bash\n{script}\nexec uvicorn main:app\n", "Dockerfile": IMAGE, "main.py": ENGINE}
    for name, text in {**more, **files, "requirements.txt": "fastapi\nuvicorn\nsqlalchemy[asyncio]\nasyncpg\npython-dotenv\n"}.items():
        (tmp_path / name).write_text(text)
    report = audited(tmp_path)
    assert (report.verdict, report.fixed_verdict) == (Verdict.UNPROVED, Verdict.UNPROVED)
    assert [each.code for each in report.findings if each.severity is Severity.BLOCKER] == []

MANIFEST = "kind: ConfigMap\ndata:\n  {0}: x\n  OTHER: y\n---\nkind: Secret\ndata:\n  {0}: z\n"


def test_what_a_manifest_may_set_is_not_claimed_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(MANIFEST.format("TOKEN"))
    report = audit(tmp_path, "true")
    assert (report.verdict, [each.severity for each in report.findings if each.code == "BP301"]) == (Verdict.UNPROVED, [Severity.ADVICE])
    assert len([text for text in report.not_tried if "deploy.yaml" in text]) == 1, "each variable once"


def test_a_manifest_is_no_reason_to_doubt_another_failure(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(MANIFEST.format("DEPTH"))
    report = audit(tmp_path, "set -ae; . ./.env", more="raise RuntimeError('nobody knows')", env="TOKEN=one\n")
    assert [(each.code, each.severity) for each in report.findings] == [("BP000", Severity.BLOCKER)]
    assert report.verdict is Verdict.FAILS and not [text for text in report.not_tried if "deploy.yaml" in text]
