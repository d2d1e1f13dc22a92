"""Services that are not here, in whole audits: never a fault, and they hide none that lies before them."""

from pathlib import Path

import pytest

from bootproof.model.words import Meaning, Severity, Verdict
from tests.conftest import audited

ASKS = """
import socket
from contextlib import asynccontextmanager
from fastapi import FastAPI
{before}

@asynccontextmanager
async def lifespan(app):
    {wanted}
    yield


app = FastAPI(lifespan=lifespan)
"""
ADDRESSES = {
    "outside": "socket.create_connection(('mail.example.com', 587), timeout=3)",
    "this machine": "socket.create_connection(('127.0.0.1', 27017))",
}


def project(root: Path, wanted: str, before: str = "") -> Path:
    (root / "main.py").write_text(ASKS.format(wanted=wanted, before=before))
    (root / "requirements.txt").write_text("fastapi\nuvicorn\n")
    return root


@pytest.mark.parametrize("wanted", ADDRESSES.values(), ids=ADDRESSES)
def test_a_start_that_needs_a_service_which_is_not_here_is_unproved(tmp_path: Path, wanted: str) -> None:
    report = audited(project(tmp_path, wanted))
    assert (report.verdict, report.fixed_verdict) == (Verdict.UNPROVED, Verdict.UNPROVED)
    assert not [each for each in report.findings if each.severity is not Severity.ADVICE]
    (refused,) = report.refused
    assert (refused.frame.file, refused.frame.line) == ("main.py", 9) if refused.frame else False
    assert any(f"needs {refused.host}:{refused.port}" in each for each in report.not_tried)


def test_what_stops_the_start_before_it_is_found_all_the_same(tmp_path: Path) -> None:
    report = audited(project(tmp_path, ADDRESSES["outside"], "names: List[str] = []"))
    assert (report.verdict, report.fixed_verdict) == (Verdict.FAILS, Verdict.UNPROVED)
    (blocker,) = [each for each in report.findings if each.severity is Severity.BLOCKER]
    assert (blocker.code, blocker.line) == ("BP205", 5)
    assert blocker.proof is not None
    assert blocker.proof.meaning is Meaning.SEEN


def test_what_stands_in_the_source_behind_it_is_told_and_nothing_claimed_of_it(tmp_path: Path) -> None:
    lost = "from fastapi import APIRouter\nlost = APIRouter()\n\n\n@lost.get('/lost')\ndef hidden():\n    return {}\n"
    report = audited(project(tmp_path, ADDRESSES["outside"], lost))
    (never,) = [each for each in report.findings if each.name == "router-never-included"]
    assert (never.severity, never.proof.meaning if never.proof else None) == (Severity.ADVICE, Meaning.UNPROVED)
