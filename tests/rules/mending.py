"""One rule at work on a source tree: what it says of a symptom, and the files as its fix leaves them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from bootproof.edits.apply import apply
from bootproof.model.finding import Finding
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from tests.rules.reading_facts import facts_of

Answer = Callable[[str, Mapping[str, Any]], object]


def failed(
    kind: str, *frames: Frame, bases: tuple[str, ...] = (), message: str = "", **facts: object
) -> Failure:
    """A failure of a type, with its last base classes."""
    return Failure(kind, (kind, *bases, "Exception"), message, frames, MappingProxyType(facts))


def own(file: str, line: int, function: str = "f") -> Frame:
    return Frame(file, line, function, file.removesuffix(".py").replace("/", "."), True)


def library(module: str, function: str = "f", source: str = "") -> Frame:
    return Frame(f"/lib/{module}.py", 1, function, module, False, source)


def requested(*chain: Failure, note: str = "GET /", **more: Any) -> Symptom:
    return Symptom(Outcome.FAILED, Stage.REQUESTS, chain, note=note, **more)


def stopping(*chain: Failure, **more: Any) -> Symptom:
    return Symptom(Outcome.FAILED, Stage.SHUTDOWN, chain, note="the server was asked to stop", **more)


def said(
    root: Path, rule: ModuleType, symptom: Symptom, files: dict[str, str], answer: Answer = lambda question, about: None
) -> tuple[list[Finding], dict[str, str]]:
    """The rule's findings, and the files that the fixes of all of them change."""
    facts = facts_of(root, files, answer)
    findings = list(rule.diagnose(symptom, facts))
    fix = getattr(rule, "fix", lambda finding, facts: None)
    fixes = [fix(each, facts) for each in findings]
    edits = [edit for fix in fixes if fix is not None for edit in fix.edits]
    changed = apply(edits, facts.text)
    return findings, {path: (text or b"").decode() for path, text in changed.items()}
