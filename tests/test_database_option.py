"""`--database`: the reference case on a server of the user's, which is afterwards as it was before, also after Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootproof.audit.api import Options, audit
from bootproof.audit.errors import UsageProblem
from bootproof.model.words import Meaning, Severity, Verdict
from bootproof.report import render
from tests.conftest import EXAMPLES, VERSIONS, audited
from tests.rehearsal.database.cluster import PASSWORD, QUOTED, Cluster, running

HANGING = """\
import time

from fastapi import FastAPI
from sqlalchemy import create_engine, text

engine = create_engine("postgresql+psycopg2://shop_owner:l0cal-word@db.shop.example/shop")
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE carts (id int)"))
time.sleep(600)
app = FastAPI()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running() as made:
        yield made


@pytest.mark.parametrize("role", [pytest.param("chief", marks=pytest.mark.slow), "maker"])
def test_reference_case_on_a_named_server(cluster: Cluster, copied: Callable[[Path], Path], role: str) -> None:
    root = copied(EXAMPLES / "reference" / "backend")
    with cluster.untouched():
        report = audited(root, "current", database=cluster.url(role, "sslmode=require"))
    assert report.verdict is Verdict.FAILS
    assert report.fixed_verdict is Verdict.STARTS
    blockers = [each for each in report.findings if each.severity is Severity.BLOCKER]
    assert blockers
    assert all(each.proof and each.proof.meaning is Meaning.NECESSARY for each in blockers)
    assert report.server is not None
    assert "Database initialized successfully" in report.server.log
    assert any(f"127.0.0.1:{cluster.port}" in each for each in report.not_tried)
    assert any(f"ran as {role}" in each for each in report.not_tried) is (role == "maker")
    for format_ in ("terminal", "markdown", "json"):
        shown = render(report, format_)
        assert PASSWORD not in shown
        assert QUOTED not in shown


def test_database_that_cannot_be_used_is_wrong_usage(cluster: Cluster, copied: Callable[[Path], Path]) -> None:
    root = copied(EXAMPLES / "reference" / "backend")
    with cluster.untouched(), pytest.raises(UsageProblem, match="CREATEDB"):
        audit(Options(root=root, database=cluster.url("guest")), lambda _: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_stays_after_a_signal(cluster: Cluster, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "main.py").write_text(HANGING)
    (tmp_path / "requirements.txt").write_text("fastapi\nuvicorn\nsqlalchemy\npsycopg2-binary\n")
    command = [
        sys.executable, "-m", "bootproof.cli.main", "audit", str(tmp_path), "--constraints", str(VERSIONS / "current.txt"),
    ]  # fmt: skip
    with cluster.untouched():
        process = subprocess.Popen(
            command, env={**os.environ, "BOOTPROOF_DATABASE": cluster.url("chief")}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 120
            while "shop_owner" not in cluster.roles():
                assert process.poll() is None, process.stdout and process.stdout.read()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(number)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == (130 if number == signal.SIGINT else 128 + number), output
        assert PASSWORD not in output
