"""The start failed in a way that no rule knows

## What happens
The rehearsal failed, and no rule recognises the failure. Everything that was seen is in the finding: the
stage, the exception chain, the project's own last frame and what came before.

## Why the server cannot start
It is not known. bootproof does not guess.

## How to recognise it
A failure was seen and no other rule gave a finding for it.

## How it is fixed
Not automatically. What lies behind this failure is not reached, and the report says so.

## Fix safety
There is no fix.

## References
DESIGN.md, section "A rule": a failure that no rule knows is a finding too.
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Location
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Stage
from bootproof.rules.registry import finding

CODE = "BP000"


def explain(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The one finding that says what was seen. The audit calls it when every rule was silent."""
    failures = symptom.failures
    frame = next((each.own_frame for each in failures if each.own_frame), None) or symptom.endpoint or _holder(symptom)
    stood = [each for stack in symptom.standing[:1] for each in stack if each.own]
    frame = frame or (stood[-1] if stood else None)
    root = failures[-1] if failures else None
    stage = symptom.stage.value if symptom.stage else "start"
    seen = f"{root.type}: {first_line(root.message)}" if root else symptom.note or "nothing was told"
    target = facts.project.target
    file = frame.file if frame else (target.file if target else ".")
    chain = "\n".join(f"{each.type}: {first_line(each.message)}" for each in failures)
    request = symptom.note if symptom.stage is Stage.REQUESTS else ""
    key = ":".join(part for part in (stage, request, root.type if root else symptom.outcome.value) if part)
    yield finding(
        __name__, key, file=file, line=frame.line if frame else 1,
        cause=f"{_what(symptom)}, and no rule knows why: {seen}", stage=symptom.stage, seen=True,
        explanation="\n".join(part for part in (symptom.note, chain) if part),
        related=tuple(
            Location(each.file, each.line, note=each.function) for each in (root.frames if root else stood) if each.own
        ),
    )


def _what(symptom: Symptom) -> str:
    if symptom.stage is Stage.REQUESTS:
        return f"the request `{symptom.note}` fails" if symptom.note else "a request goes wrong"
    if symptom.stage is Stage.SHUTDOWN:
        return "the server does not stop in order"
    return f"the start failed in stage {symptom.stage.value if symptom.stage else 'start'}"


def _holder(symptom: Symptom) -> Frame | None:
    """Own code that kept the process from ending: what began it, else where it stood."""
    return next((each for one in symptom.held for each in (*reversed(one.started), *reversed(one.frames)) if each.own), None)


def first_line(text: str) -> str:
    """The first line, cut to a readable length."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 200 else line[:199] + "…"
