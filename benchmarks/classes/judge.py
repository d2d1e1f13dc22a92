"""What an audit made of one class: named by which rule, at the right place, mended, started."""

import difflib
import re
from dataclasses import dataclass, field
from typing import Any

from benchmarks.classes.catalogue import Class
from bootproof.model.finding import Finding
from bootproof.model.report import Report
from bootproof.model.words import Meaning, Safety, Severity, Verdict

NEAR = 1  # lines by which a place may differ from the catalogue's own change
DEPENDENCY_FILES = re.compile(r"(?:^|/)(?:requirements[\w.-]*\.txt|pyproject\.toml|setup\.(?:cfg|py)|Pipfile)$")


@dataclass(frozen=True)
class Judged:
    """The answer for one class on one version set.

    `became`: mended, placeholder (a person fills in a value, then it starts), named (no fix that makes it start),
    undiagnosed, missed, no-fault (rightly), false (a fault where there is none), cannot-tell, untried, error.
    """

    id: str
    versions: str
    became: str
    stage: str = ""
    rules: tuple[str, ...] = ()
    family: bool = False
    place: bool = False
    safe: bool = False  # a safe fix is expected
    findings: tuple[str, ...] = ()
    mended_files: str = ""  # what the catalogue's mended files gave: "", or what is wrong
    note: str = ""
    seconds: float = 0.0
    further: dict[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether a rule of a right family named it at the right place."""
        return self.became in ("mended", "placeholder", "named") and self.family and self.place


def judge(each: Class, versions: str, report: Report, seconds: float) -> Judged:
    """The answer, from the report on the broken files."""
    pressing = [one for one in report.findings if one.severity is not Severity.ADVICE]
    known = [one for one in pressing if one.code != "BP000"]
    counted = each.line.get("advice")  # a class that stops nothing by itself: naming it as advice is right
    if counted and not known:
        known = [one for one in report.findings if one.code in counted]
    failed = next((one.stage.value for one in report.stages if one.status == "failed"), "")
    return Judged(
        id=each.id,
        versions=versions,
        became=_became(each, versions, report, pressing, known),
        stage=failed or next((one.stage.value for one in pressing if one.stage), ""),
        rules=tuple(sorted({one.code for one in (known or pressing)})),
        family=any(int(one.code[2]) in each.families for one in known),
        place=any(right_place(each, one) for one in known),
        safe=each.mends_safely(versions),
        findings=tuple(
            f"{one.code} {one.severity.value} {one.file}:{one.line} {one.cause}"[:240] for one in report.findings
        ),
        seconds=round(seconds, 1),
        further={
            "refused": [f"{one.host}:{one.port}" for one in report.refused],
            "notes": list(report.notes)[:6],
            "not_tried": [text[:240] for text in report.not_tried],
            "verdicts": [report.verdict.value, report.fixed_verdict.value],
        },
    )


def _became(each: Class, versions: str, report: Report, pressing: list[Finding], known: list[Finding]) -> str:
    if not each.fails(versions):
        return "false" if pressing else "no-fault"
    if not pressing and not known:
        return "missed" if report.verdict is Verdict.STARTS else "cannot-tell"
    if not known:
        return "undiagnosed"
    failures = [one for one in known if one.severity is Severity.FAILURE]
    mended = report.fixed_verdict is Verdict.STARTS and all(
        one.fix is not None and one.proof is not None and one.proof.meaning is Meaning.NECESSARY for one in failures
    )
    undiagnosed = any(one.code == "BP000" for one in pressing)
    if mended and not undiagnosed:
        return "mended"
    waits = any(one.fix is not None and one.fix.safety is Safety.PLACEHOLDER for one in known)
    if waits and report.fixed_verdict is Verdict.UNPROVED and not undiagnosed:
        return "placeholder"
    return "named"


def right_place(each: Class, finding: Finding) -> bool:
    """Whether a finding, or a place that it relates to, stands where the catalogue's own files change."""
    places = [(finding.file, finding.line, finding.end_line or finding.line)]
    places += [(one.file, one.line, one.end_line or one.line) for one in finding.related]
    truth = true_places(each)
    if not truth:
        return True
    for file, start, end in places:
        for path, first, last in truth:
            if file == path and start <= last + NEAR and end >= first - NEAR:
                return True
    return False


def true_places(each: Class) -> list[tuple[str, int, int]]:
    """Files and lines where the fault is: as corrected, else where the catalogue's mended files differ."""
    if "places" in each.line:
        return [(one[0], one[1], one[-1]) for one in each.line["places"]]
    snippet = each.snippet
    found: list[tuple[str, int, int]] = []
    for path, text in (snippet.get("fix_overlay") or {}).items():
        before = snippet["broken"].get(path)
        if before is None or isinstance(before, dict) or isinstance(text, dict):
            found.append((path, 1, 1 << 20))
            continue
        old, new = before.splitlines(), text.splitlines()
        for kind, start, end, _to, _until in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                found.append((path, start + 1, max(end, start + 1)))
    found += [(path, 1, 1 << 20) for path in snippet.get("fix_delete") or ()]
    if snippet.get("fix_requirements"):
        found.append(("requirements.txt", 1, 1 << 20))
    if snippet.get("fix_cmd"):
        found.append(("Procfile", 1, 1 << 20))
    for name in snippet.get("fix_env") or ():
        found += [
            (path, number, number)
            for path, text in snippet["broken"].items()
            for number, line in enumerate(text.splitlines(), 1)
            if name.lower() in line.lower()
        ]
    return found


def of_mended(report: Report) -> str:
    """What is wrong with the report on the catalogue's own mended files, "" for nothing."""
    said = [
        f"{one.code} {one.severity.value} {one.file}:{one.line} {one.cause}"[:200]
        for one in report.findings
        if one.severity is not Severity.ADVICE
    ]
    if said:
        return "; ".join(said)
    return "" if report.verdict is not Verdict.FAILS else f"verdict {report.verdict.value}"
