"""A failure that a stand-in may bring about is no proof of a fault."""

from pathlib import Path

import pytest

from bootproof.model.words import Severity, Verdict
from tests.conftest import audited

MAIN = """\
import os

from fastapi import FastAPI

STORE = os.environ["STORE_NAME"]
{line}
app = FastAPI()
"""


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("if not STORE.startswith('s3:'):\n    raise ValueError(f'no such store: {STORE}')", Severity.ADVICE),
        ("PLACE = {'s3': 1}[STORE[:2]]", Severity.ADVICE),
        ("len(STORE, 2)", Severity.BLOCKER),  # wrong with every value
        ("raise RuntimeError('own')", Severity.BLOCKER),
    ],
    ids=["in-its-words", "on-the-way", "a-mistake", "elsewhere"],
)
def test_a_failure_behind_a_stand_in(tmp_path: Path, line: str, severity: Severity) -> None:
    (tmp_path / "main.py").write_text(MAIN.replace("{line}", line))
    (tmp_path / "requirements.txt").write_text("fastapi\nuvicorn\n")
    report = audited(tmp_path)
    assert [each.severity for each in report.findings if each.code == "BP000"] == [severity]
    assert report.verdict is Verdict.FAILS, "that the variable is missing is proved"
    assert bool([text for text in report.not_tried if "STORE_NAME" in text and "real values" in text]) is (severity is Severity.ADVICE)
