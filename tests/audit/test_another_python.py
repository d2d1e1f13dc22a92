"""What breaks inside a library on this Python proves nothing of a project that names another one."""

from pathlib import Path

import pytest

from bootproof.model.words import Severity, Verdict
from tests.conftest import audited

MAIN = "import json\n\nfrom fastapi import FastAPI\n\n{line}\napp = FastAPI()\n"
IMAGE = "FROM python:3.8\nWORKDIR /srv\nCOPY . .\nRUN pip install -r requirements.txt\nCMD uvicorn main:app\n"


@pytest.mark.parametrize(
    ("line", "image", "verdict", "severity"),
    [
        ("json.loads('')", IMAGE, Verdict.UNPROVED, Severity.ADVICE),
        ("json.loads('')", "", Verdict.FAILS, Severity.BLOCKER),
        ("raise RuntimeError('own')", IMAGE, Verdict.FAILS, Severity.BLOCKER),
    ],
    ids=["in-a-library", "the-python-that-is-named", "own-code"],
)
def test_a_failure_that_no_rule_knows(
    tmp_path: Path, line: str, image: str, verdict: Verdict, severity: Severity
) -> None:
    (tmp_path / "main.py").write_text(MAIN.format(line=line))
    (tmp_path / "requirements.txt").write_text("fastapi\nuvicorn\n")
    if image:
        (tmp_path / "Dockerfile").write_text(image)
    report = audited(tmp_path)
    assert report.verdict is verdict
    assert [each.severity for each in report.findings if each.code == "BP000"] == [severity]
    assert bool([text for text in report.not_tried if "names Python 3.8" in text]) is (verdict is Verdict.UNPROVED)
