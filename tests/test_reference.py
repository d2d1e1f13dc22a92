"""The reference case, on both sets of versions: exactly its findings, mended, started, undone."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix, undo
from bootproof.model.words import Meaning, Safety, Severity, Verdict
from bootproof.report import render
from tests.conftest import EXAMPLES, audited, tree

FOLDER = EXAMPLES / "reference"
CASE = tomllib.loads((FOLDER / "case.toml").read_text())


@pytest.mark.parametrize("versions", ["2026-02", "current"])
def test_reference_case(versions: str, copied: Callable[[Path], Path]) -> None:
    root = copied(FOLDER / "backend")
    before = tree(root)

    report = audited(root, versions)

    expected = {each["code"]: each for each in CASE["finding"] if versions in each["sets"]}
    assert sorted(each.code for each in report.findings) == sorted(
        each["code"] for each in CASE["finding"] if versions in each["sets"]
    ), [each.cause for each in report.findings]
    for found in report.findings:
        case = expected[found.code] if found.code != "BP290" else None
        if case is None:
            continue
        assert found.file == case["file"]
        assert case["line"] <= found.line <= (found.end_line or found.line) <= case["end_line"], found
        assert found.severity.value == case["severity"], found.proof
        if "safety" in case:
            assert found.fix is not None
            assert found.fix.safety.value == case["safety"]
        if found.severity is Severity.BLOCKER:
            assert found.proof is not None
            assert found.proof.meaning is Meaning.NECESSARY
            assert found.proof.trials
    assert report.verdict is Verdict.FAILS
    assert report.fixed_verdict is Verdict.STARTS
    assert tree(root) == before

    for secret in CASE["secrets"]:
        for format_ in ("terminal", "markdown", "json"):
            assert secret not in render(report, format_)

    server = report.server
    assert server is not None
    logged = [line for line in server.log.splitlines() if line in CASE["started"]["log"]]
    assert logged == CASE["started"]["log"]
    health = next(each for each in server.exchanges if each.path == "/health")
    assert json.loads(health.body) == {"status": "healthy", "environment": "development"}

    # plain `fix` leaves what gives something up, and says so
    plain = fix(Options(root=root), report, write=True)
    assert plain.files_modified
    left = audited(root, versions)
    assert [each.name for each in left.findings if each.severity is Severity.BLOCKER] == CASE["remaining"]["safe"]
    assert not fix(Options(root=root), left, write=False).files_modified

    fix(Options(root=root, unsafe=True), left, write=True)
    wanted = dict(before)
    for overlay in CASE["after"][versions]:
        wanted.update(tree(FOLDER / overlay))
    assert tree(root) == wanted
    started = audited(root, versions)
    assert started.verdict is Verdict.STARTS
    assert not [each for each in started.findings if each.severity is not Severity.ADVICE]
    assert not fix(Options(root=root, unsafe=True), started, write=False).files_modified

    undo(root)
    assert tree(root) == before


def test_one_real_fault_is_one_blocker(copied: Callable[[Path], Path]) -> None:
    """SQLAlchemy 2.1, `psycopg[binary]` declared, `.env` untouched: the driver that it names accepts every parameter."""
    root = copied(FOLDER / "backend")
    requirements = root / "requirements.txt"
    text = requirements.read_text().replace("psycopg2-binary>=2.9.9", "psycopg[binary]>=3.2\nsqlalchemy[asyncio]>=2.0")
    requirements.write_text(text)
    overlay = tree(FOLDER / "after")
    for path in ("src/services/projects.py",):
        (root / path).write_bytes(overlay[path])

    report = audited(root, "current")

    blockers = [each for each in report.findings if each.severity is Severity.BLOCKER]
    assert [each.name for each in blockers] == ["name-not-exported"]
    assert blockers[0].fix is not None
    assert blockers[0].fix.safety is Safety.SAFE
    assert report.fixed_verdict is Verdict.STARTS
