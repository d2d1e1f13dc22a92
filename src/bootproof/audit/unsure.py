"""What cannot be claimed where a start's shell sets variables in a way that is not understood."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bootproof.model.finding import Finding, Proof
from bootproof.model.project import SettingValue, Unsure
from bootproof.model.words import Family, Meaning, Severity


def doubted(findings: tuple[Finding, ...], unsure: Sequence[Unsure], settings: Sequence[SettingValue]) -> tuple[Finding, ...]:
    """The findings, of which those that rest on what a variable is, and that it may be something else, are advice."""
    places = {(each.file, each.line): each.key for each in settings} if unsure else {}
    return tuple(_doubted(each, unsure, places.get((each.file, each.line), "")) for each in findings)


def doubts(findings: Sequence[Finding], unsure: Sequence[Unsure], settings: Sequence[SettingValue]) -> tuple[Unsure, ...]:
    """What is not known of the settings and matters to some finding; of each variable the first place."""
    places = {(each.file, each.line): each.key for each in settings}
    found: dict[str, Unsure] = {}
    for each in unsure:
        if any(_shaken(finding, each, places.get((finding.file, finding.line), "")) for finding in findings):
            found.setdefault(each.name or str(each.evidence), each)
    return tuple(found.values())


def may_set(unsure: Unsure) -> str:
    """Where the shell may set what, in words."""
    at = unsure.evidence
    what = f"may set `{unsure.name}`" if unsure.name else "may set variables"
    place = at.file if at.line is None else f"{at.file}:{at.line}"
    return f"`{place}` {what} in a way that is not understood"


def _doubted(finding: Finding, unsure: Sequence[Unsure], blamed: str) -> Finding:
    for each in unsure:
        if finding.severity is Severity.BLOCKER and _shaken(finding, each, blamed):
            given = finding.proof.given if finding.proof else ()
            trials = finding.proof.trials if finding.proof else ()
            proof = Proof(Meaning.UNPROVED, given, trials, note=may_set(each))
            return replace(finding, severity=Severity.ADVICE, proof=proof)
    return finding


def _shaken(finding: Finding, unsure: Unsure, blamed: str) -> bool:
    """Whether a finding may be untrue for what is not known.

    `blamed`: the variable whose value it finds fault with, "" where it is no value of a setting's.
    """
    return (blamed != "" and unsure.name in ("", blamed)) or _rests_on(finding, unsure.name, unsure.manifest)


def _rests_on(finding: Finding, name: str, manifest: bool) -> bool:
    """Whether a finding may come of what a variable is; "" as the name for any variable.

    What only a manifest names (one of dozens, as a rule) is no reason to doubt a failure that does not speak of it.
    """
    stand_ins = finding.fix.stand_ins if finding.fix is not None else {}
    if finding.family is Family.UNDIAGNOSED and not manifest:
        return True  # nobody knows what it rests on
    if finding.family not in (Family.SETTINGS, Family.UNDIAGNOSED) and not stand_ins:
        return False
    if not name:
        return True
    words = {each.upper() for each in re.findall(r"\w+", f"{finding.key} {finding.cause}")}
    return name.upper() in words | {each.upper() for each in stand_ins}
