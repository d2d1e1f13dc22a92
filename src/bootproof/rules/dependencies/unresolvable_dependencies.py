"""The declared dependencies cannot be installed

## What happens
The installer refuses what the project declares: two requirements exclude each other, a name or a version does
not exist, or none of the releases fits the interpreter.

## Why the server cannot start
Nothing can be installed, so nothing can be imported.

## How to recognise it
The failure is of the stage `resolve`; the installer's own explanation is the evidence.

## How it is fixed
Not automatically: which of the requirements gives way is a person's choice.

## Fix safety
A placeholder: it says which lines the installer names.

## References
Dependency specifiers (PyPA specifications); the resolver's own explanation.
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.dependencies._declaring import home
from bootproof.rules.dependencies._refusals import spoken_of
from bootproof.rules.registry import finding

CODE = "BP110"
YIELDS_TO = ("BP111", "BP112", "BP113")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The one finding of a resolution that failed, at the first requirement that the installer names."""
    if symptom.stage is not Stage.RESOLVE:
        return
    named = spoken_of(facts, symptom.command, symptom.note)
    words = ", ".join(f"`{each.text.strip()}`" for each in named)
    yield finding(
        __name__,
        ",".join(sorted({each.name for each in named})) or "dependencies",
        file=named[0].file if named else home(facts),
        line=named[0].line if named else 1,
        cause=f"the installer cannot satisfy {words}" if words else "the declared dependencies cannot be installed",
        explanation=symptom.note,
        related=tuple(Location(each.file, each.line, note="named by the installer") for each in named[1:]),
        data={"names": words},
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """No edit: what to look at."""
    what = finding.data["names"] or f"`{finding.file}`"
    return Fix(f"correct or loosen {what}, then audit again", Safety.PLACEHOLDER)
