"""The report as JSON, `"schema": "bootproof/report/1"`. Fields are only ever added under this name."""

import json
from importlib.resources import files

from bootproof.model.edit import AnyEdit, ImportEdit
from bootproof.model.environment import Environment
from bootproof.model.finding import Finding, Fix, Proof
from bootproof.model.project import Target
from bootproof.model.report import FileChange, Report, Server
from bootproof.model.symptom import Refused
from bootproof.report import WIDTH, phrases
from bootproof.report.clean import cleaned

SCHEMA = "bootproof/report/1"
LARGEST = 5 * 1024 * 1024  # bytes of a report that a team server takes

Json = dict[str, object]


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """The report as JSON, indented, keys in a fixed order. `colour` and `width` change nothing."""
    return json.dumps(document(report), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def schema() -> Json:
    """The JSON Schema (2020-12) that every rendered report satisfies, as published in the package."""
    text = files("bootproof.report").joinpath("schema.json").read_text(encoding="utf-8")
    parsed: Json = json.loads(text)
    return parsed


def document(report: Report) -> Json:
    """The report as plain data, masked."""
    report = cleaned(report)
    return {
        "schema": SCHEMA,
        "version": report.version,
        "created": report.created,
        "project": {"name": report.project.root.name},
        "verdict": report.verdict.value,
        "fixed_verdict": report.fixed_verdict.value,
        "target": _target(report.project.target),
        "candidates": [each.spec for each in report.project.candidates],
        "environment": _environment(report.environment),
        "stages": [
            {"name": each.stage.value, "status": each.status, "seconds": _seconds(each.seconds)}
            for each in report.stages
        ],
        "counts": {
            severity.value: sum(1 for each in report.findings if each.severity is severity)
            for severity in phrases.ORDER
        },
        "findings": [_finding(each) for each in phrases.ordered(report)],
        "criteria": [
            {"id": each.id, "text": each.text, "status": each.status, "evidence": each.evidence}
            for each in report.criteria
        ],
        "server": _server(report.server),
        "untouched": _server(report.untouched),
        "refused": [_refused(each) for each in report.refused],
        "unreadable": [
            {"file": each.file, "line": each.line, "reason": each.reason}
            for each in report.project.unreadable
        ],
        "not_tried": list(report.not_tried),
        "files_modified": [_change(each) for each in report.files_modified],
        "trials": report.trials,
        "seconds": _seconds(report.seconds),
        "notes": list(report.project.notes + report.notes),
    }


def _target(target: Target | None) -> Json | None:
    if target is None:
        return None
    return {
        "spec": target.spec,
        "file": target.file,
        "directory": target.directory,
        "path": list(target.path),
        "factory": target.call,
        "interface": target.interface,
        "host": target.host,
        "port": target.port,
        "evidence": [{"text": each.text, "file": each.file, "line": each.line} for each in target.evidence],
    }


def _environment(environment: Environment | None) -> Json | None:
    if environment is None:
        return None
    return {
        "python": environment.version,
        "borrowed": environment.borrowed,
        "distributions": [{"name": each.name, "version": each.version} for each in environment.distributions],
        "advice": list(environment.advice),
    }


def _finding(finding: Finding) -> Json:
    return {
        "fingerprint": finding.fingerprint,
        "code": finding.code,
        "name": finding.name,
        "family": finding.family.value,
        "severity": finding.severity.value,
        "stage": finding.stage.value if finding.stage else None,
        "seen": finding.seen,
        "file": finding.file,
        "line": finding.line,
        "end_line": finding.end_line,
        "cause": finding.cause,
        "explanation": finding.explanation,
        "old": finding.old,
        "new": finding.new,
        "related": [
            {"file": each.file, "line": each.line, "end_line": each.end_line, "note": each.note}
            for each in finding.related
        ],
        "fix": _fix(finding.fix),
        "proof": _proof(finding.proof),
    }


def _fix(fix: Fix | None) -> Json | None:
    if fix is None:
        return None
    return {
        "title": fix.title,
        "safety": fix.safety.value,
        "loses": fix.loses,
        "requires": list(fix.requires),
        "fill_in": list(fix.stand_ins),
        "rivals": [{"title": each.title, "reason": each.reason} for each in fix.rivals],
        "edits": [_edit(each) for each in fix.edits],
    }


def _edit(edit: AnyEdit) -> Json:
    where: Json = {"file": edit.file, "start": edit.start, "end": edit.end}
    if isinstance(edit, ImportEdit):
        return {"kind": "import", **where, "names": list(edit.names), "added": list(edit.added)}
    return {"kind": "span", **where, "old": edit.old, "new": edit.new, "creates": edit.creates}


def _proof(proof: Proof | None) -> Json | None:
    if proof is None:
        return None
    return {
        "meaning": proof.meaning.value,
        "given": list(proof.given),
        "redundant_with": list(proof.redundant_with),
        "note": proof.note,
        "trials": [
            {
                "withheld": list(each.withheld),
                "outcome": each.outcome.value,
                "stage": each.stage.value if each.stage else None,
                "seen": each.seen,
                "diagnosed": list(each.diagnosed),
                "cold": each.cold,
                "seconds": _seconds(each.seconds),
                "note": each.note,
            }
            for each in proof.trials
        ],
    }


def _server(server: Server | None) -> Json | None:
    if server is None:
        return None
    return {
        "command": server.command,
        "port": server.port,
        "seconds_to_ready": None if server.seconds_to_ready is None else _seconds(server.seconds_to_ready),
        "log": server.log,
        "transcripts": [
            {
                "method": each.method,
                "path": each.path,
                "request_body": each.request_body,
                "status": each.status,
                "content_type": each.content_type,
                "body": each.body,
            }
            for each in server.exchanges
        ],
        "routers": list(server.routers),
    }


def _refused(refused: Refused) -> Json:
    return {
        "host": refused.host,
        "port": refused.port,
        "stage": refused.stage.value if refused.stage else None,
        "file": refused.frame.file if refused.frame else None,
        "line": refused.frame.line if refused.frame else None,
    }


def _change(change: FileChange) -> Json:
    return {"path": change.path, "diff": change.diff, "backup": change.backup, "applied": change.applied}


def _seconds(value: float) -> float:
    return round(value, 4)
