"""What counts as given up: only what a fix may have cost."""

from pathlib import Path

from bootproof.model.words import Verdict
from tests.conftest import audited

SOURCE = (
    "import os\nfrom fastapi import APIRouter, FastAPI\napp = FastAPI()\nrepairs = APIRouter()\n\n\n"
    "@repairs.get('/closed-for-repairs')\ndef closed():\n    return {}\n\n\n@app.get('/health')\ndef health():\n    return {}\n\n\n"
    "if os.environ.get('UNDER_REPAIR'):\n    app.include_router(repairs)\n"
)


def test_router_that_is_included_on_a_condition_is_not_lost_where_nothing_was_mended(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SOURCE)
    (tmp_path / "requirements.txt").write_text("fastapi\nuvicorn\n")
    report = audited(tmp_path, "current")
    assert (report.verdict, report.fixed_verdict) == (Verdict.STARTS, Verdict.STARTS)
