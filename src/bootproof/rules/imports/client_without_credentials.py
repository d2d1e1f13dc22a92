"""A client is built that wants its credentials at once, and nothing sets them

## What happens
A library's client is built while the application is loaded or started, without a key. It looks for one in
the environment, finds none, and raises.

## Why the server cannot start
The exception leaves the module that builds the client. That no request needs the client yet does not matter.

## How to recognise it
A library raised below an own statement, and its message names a variable that the library's own source reads
from the environment and that nothing sets.

## How it is fixed
By a person: the variable is set where the server runs. What lies behind is tried with a stand-in that is written
nowhere. Where the server should start without the key, the client is built when it is first used.

## Fix safety
A placeholder: only a person has the key.

## References
The Twelve-Factor App, "Config"; the library's own documentation of its credentials.
"""

import re
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.imports._statements import raised_at
from bootproof.rules.registry import finding
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP211"
YIELDS_TO = ("BP463", "BP465")  # what Django wants is a name or a key of its own, no variable of a client
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the own statement that builds the client."""
    if symptom.stage not in (Stage.IMPORT, Stage.STARTUP):
        return
    for failure in symptom.failures:
        frames, frame = raised_at(failure), failure.own_frame
        if frame is None or frames[-1].own or failure.is_a("ImportError", "SyntaxError", "NameError"):
            continue
        variable = _wanted(failure, frames[-1].module, facts)
        if variable is None:
            continue
        library = next(iter(facts.providers(frames[-1].module)), frames[-1].module.partition(".")[0])
        yield finding(
            __name__,
            variable,
            file=frame.file,
            line=frame.line,
            cause=f"`{frame.file}` builds a client of `{library}`, which wants `{variable}`, and nothing sets it",
            explanation=f"`{library}` reads the variable from the environment as soon as the client is built.",
            data={"variable": variable},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A stand-in for the trials; the value is a person's to give."""
    variable = str(finding.data["variable"])
    return Fix(
        f"set `{variable}` where the server is started",
        Safety.PLACEHOLDER,
        rivals=(Rival("build the client when it is first used", "the server then starts without the key"),),
        stand_ins={variable: stand_in(facts, finding.file, variable)},
    )


def _wanted(failure: Failure, module: str, facts: Facts) -> str | None:
    """The first variable that the message names, that the library reads and that nothing sets."""
    names: list[str] = _VARIABLE.findall(failure.message)
    for name in dict.fromkeys(names):
        if not facts.settings(name) and facts.ask("reads", module=module, variable=name) is True:
            return name
    return None
