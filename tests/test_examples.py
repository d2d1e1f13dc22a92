"""Walks `examples/`: each folder is a small real backend and what the audit must say of it.

It fails in the declared stage, gives exactly the declared findings, the fix gives exactly `after/`, whose real server
answered in the audit; a second fix changes nothing, `undo` puts back every byte; the near misses start and give nothing. What starts by itself is
looked at in one trial here, one near miss of each rule; `just slow` looks at all, `benchmarks/near_misses.py` audits them whole.
"""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootproof.audit.api import Options, fix, undo
from bootproof.model.report import Report
from bootproof.model.words import Safety, Severity, Verdict
from tests.conftest import EXAMPLES, audited, looked_at, read, tree

FOLDERS = sorted(each for each in EXAMPLES.iterdir() if each.name.startswith("BP"))


def case_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "case.toml").read_text())


RUNS = [pytest.param(folder, case_of(folder).get("sets", ["current"])[0], id=folder.name) for folder in FOLDERS]
NEAR = [
    pytest.param(folder, near, id=f"{folder.name}-{near.name}", marks=[pytest.mark.slow] if number else [])
    for folder in FOLDERS
    if (folder / "near").is_dir()
    for number, near in enumerate(sorted(each for each in (folder / "near").iterdir() if each.is_dir()))
]


def said(report: Report) -> set[tuple[str, str, int, str]]:
    return {(each.code, each.file, each.line, each.severity.value) for each in report.findings}


@pytest.mark.parametrize(("folder", "versions"), RUNS)
def test_example_is_diagnosed_mended_and_undone(folder: Path, versions: str, copied: Callable[[Path], Path]) -> None:
    case = case_of(folder)
    root = copied(folder / "before")
    before = tree(root)

    # a start that never ends is seen when the time is up: there is no need to wait as long as a user would
    report = audited(root, versions, timeout=case.get("timeout", 60.0))

    declared = {(each["code"], each["file"], each["line"], each["severity"]) for each in case["finding"]}
    assert said(report) == declared, [each.cause for each in report.findings]
    assert tree(root) == before, "an audit changes nothing"
    pressing = [each for each in report.findings if each.severity is not Severity.ADVICE]
    failed = next((each.stage.value for each in report.stages if each.status == "failed"), "none")
    assert failed == case["stage"] or case["stage"] in ("requests", "shutdown")
    for each in case["finding"]:
        found = next(one for one in report.findings if (one.code, one.line) == (each["code"], each["line"]))
        assert (found.fix.safety.value if found.fix else None) == each.get("safety")
    if not (folder / "after").is_dir():
        assert all(each.fix is None or each.fix.safety is Safety.PLACEHOLDER or not each.fix.edits for each in pressing)
        return
    assert report.fixed_verdict is Verdict.STARTS, (report.notes, report.not_tried)

    advice = all(each["severity"] == "advice" for each in case["finding"])
    options = Options(root=root, unsafe=case.get("unsafe", False), advice=advice)
    fixed = fix(options, report, write=True)
    assert tree(root) == tree(folder / "after")
    assert {each.path for each in fixed.files_modified} == {
        path for path in before | tree(root) if before.get(path) != tree(root).get(path)
    }

    again = replace(report, findings=read(root, versions))
    assert not fix(options, again, write=False).files_modified

    undo(root)
    assert tree(root) == before


@pytest.mark.parametrize(("folder", "near"), NEAR)
def test_near_miss_is_left_alone(folder: Path, near: Path, copied: Callable[[Path], Path]) -> None:
    code = case_of(folder)["finding"][0]["code"]
    looked = looked_at(copied(near))
    assert looked.symptom.started, looked.symptom.log
    assert code not in {each.code for each in looked.findings}
    assert not looked.symptom.requests, "a near miss is healthy"
