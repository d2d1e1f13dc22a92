"""Asks the rules: what explains this failure, what else stands in the source."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bootproof.edits.errors import EditError
from bootproof.edits.lines import LineMap
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding
from bootproof.model.symptom import Failure, Frame, Held, Symptom
from bootproof.rules.registry import Rule, all_rules
from bootproof.rules.undiagnosed import undiagnosed

Warn = Callable[[str], None]
_PLACE = re.compile(r"\((\S+):(\d+)\)$")  # as the agent ends a warning


@dataclass(frozen=True)
class Choice:
    """Which rules take part, by code or by family digit."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, rule: Rule) -> bool:
        """Whether a rule takes part."""
        if any(rule.code.startswith(_code(each)) for each in self.ignore):
            return False
        return not self.select or any(rule.code.startswith(_code(each)) for each in self.select)


def diagnose(symptom: Symptom, facts: Facts, choice: Choice, warn: Warn) -> tuple[Finding, ...]:
    """The findings that explain a failure, with their fixes; the one of `undiagnosed` where no rule knows it."""
    if symptom.started:
        return ()
    found: dict[str, Finding] = {}
    for rule in all_rules():
        if rule.diagnose is None or not choice.takes(rule):
            continue
        for each in _safely(rule, lambda rule=rule: rule.diagnose(symptom, facts), warn):  # type: ignore[misc]  # rule bound as default
            stage = each.stage or symptom.stage
            mended = replace(each, seen=True, stage=stage)
            found.setdefault(each.fingerprint, _with_fix(rule, mended, facts, warn))
    codes = {each.code for each in found.values()}
    yields = {rule.code: rule.yields for rule in all_rules()}
    kept = tuple(each for each in found.values() if not yields[each.code] & codes)
    return kept or tuple(undiagnosed.explain(symptom, facts))


def scan(facts: Facts, choice: Choice, warn: Warn) -> tuple[Finding, ...]:
    """What the rules find in the source alone, with fixes."""
    found: dict[str, Finding] = {}
    for rule in all_rules():
        if rule.scan is None or not choice.takes(rule):
            continue
        for each in _safely(rule, lambda rule=rule: rule.scan(facts), warn):  # type: ignore[misc]  # rule bound as default
            found.setdefault(each.fingerprint, _with_fix(rule, each, facts, warn))
    return tuple(found.values())


def _safely(rule: Rule, eye: Callable[[], Iterable[Finding]], warn: Warn) -> tuple[Finding, ...]:
    """The border around a rule: an error of ours becomes a visible warning and the audit goes on."""
    try:
        return tuple(eye())
    except Exception as problem:
        warn(f"rule {rule.code} {rule.name} failed: {type(problem).__name__}: {problem}")
        return ()


def _with_fix(rule: Rule, finding: Finding, facts: Facts, warn: Warn) -> Finding:
    if finding.fix is not None or rule.fix is None:
        return finding
    mend = rule.fix
    try:
        fix = mend(finding, facts)
    except EditError as problem:
        warn(f"rule {rule.code} {rule.name} cannot mend `{finding.file}`: {problem}")
        return finding
    except Exception as problem:
        warn(f"rule {rule.code} {rule.name} failed in its fix: {type(problem).__name__}: {problem}")
        return finding
    return finding if fix is None else replace(finding, fix=fix)


def on_untouched_lines(symptom: Symptom, plan: tuple[Finding, ...], read: Callable[[str], bytes | None]) -> Symptom:
    """The symptom with the lines of mended files told as lines of the untouched ones."""
    edits = [edit for each in plan if each.fix is not None for edit in each.fix.edits]
    maps: dict[str, LineMap] = {}
    for file in {edit.file for edit in edits}:
        text = read(file)
        if text is not None:
            maps[file] = LineMap.of(file, text, [edit for edit in edits if edit.file == file])

    def frame(each: Frame) -> Frame:
        if not each.own or each.file not in maps:
            return each
        return replace(each, line=maps[each.file].original(each.line))

    def failure(each: Failure) -> Failure:
        return replace(each, frames=tuple(frame(one) for one in each.frames))

    def warning(each: str) -> str:
        place = _PLACE.search(each)
        if place is None or place[1] not in maps:
            return each
        return f"{each[: place.start(2)]}{maps[place[1]].original(int(place[2]))})"

    def all_of(chain: tuple[Failure, ...]) -> tuple[Failure, ...]:
        return tuple(failure(each) for each in chain)

    def held(each: Held) -> Held:
        frames, started = (tuple(frame(one) for one in stack) for stack in (each.frames, each.started))
        return replace(each, frames=frames, started=started)

    return replace(
        symptom,
        warnings=tuple(warning(each) for each in symptom.warnings),
        standing=tuple(tuple(frame(each) for each in stack) for stack in symptom.standing),
        requests=tuple(
            replace(each, chain=all_of(each.chain), endpoint=frame(each.endpoint) if each.endpoint else None)
            for each in symptom.requests
        ),
        mishaps=tuple(
            replace(each, chain=all_of(each.chain), held=tuple(held(one) for one in each.held)) for each in symptom.mishaps
        ),
        chain=tuple(failure(each) for each in symptom.chain),
        swallowed=tuple(replace(each, chain=tuple(failure(one) for one in each.chain)) for each in symptom.swallowed),
    )


def _code(text: str) -> str:
    return text.upper() if text.upper().startswith("BP") else f"BP{text}"
