"""A required setting that nothing sets

## What happens
The settings class raises a `ValidationError` ("Field required"), or the read of the variable raises, while
a module is imported.

## Why the server cannot start
The code asks for a value that neither the process environment nor a settings file gives, and has no default
for it.

## How to recognise it
pydantic-settings lists a field as missing; or `os.environ[…]`, Starlette's `Config` or decouple raised for
a variable; or the project's own code raised because a variable that it read is empty. No settings file that
the start reads sets it.

## How it is fixed
A person fills the value in: in the settings file that the project reads, or in the environment of the
process. Trials use a stand-in of the right type, so that what lies behind is found and proved all the same.
It is never written anywhere.

## Fix safety
A placeholder: bootproof invents no secret and no address.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/, https://12factor.net/config
"""

import difflib
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.registry import finding
from bootproof.rules.settings._missing import Missed, missed
from bootproof.rules.settings._stand_ins import stand_in
from bootproof.rules.settings._unread import looked_in, unread

CODE = "BP301"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each variable that is missing."""
    for each in missed(symptom, facts):
        if not each.used and unread(facts, each) is None:
            yield _finding(facts, each)


def _finding(facts: Facts, missed: Missed) -> Finding:
    looked = looked_in(facts, missed.owner)
    variable = missed.variable
    told = ["Looked in: the process environment" + "".join(f", `{each.file}`" for each in looked)]
    unseen = next((each for each in facts.settings(variable) if each.source == "env-file"), None)
    if unseen is not None and unseen.loaded:
        told.append(f"`{unseen.file}` sets it, but not in the environment, or later")
    elif unseen is not None:
        told.append(f"`{unseen.file}` sets it, but the start does not read that file")
    else:
        names = {each.key.upper(): each for each in facts.settings()}
        for near in difflib.get_close_matches(variable.upper(), names, 1, 0.75):
            told.append(f"`{names[near].file}` sets `{names[near].key}`, which is near")
    value = unseen.value if unseen is not None else ""
    return finding(
        __name__,
        variable,
        file=missed.file,
        line=missed.line,
        cause=f"`{missed.what}` is required, and nothing sets `{variable}`"
        if missed.what
        else f"the code needs `{variable}`, and nothing {'has set' if unseen is not None and unseen.loaded else 'sets'} it",
        explanation=". ".join(told),
        related=looked,
        data={"variable": variable, "value": value or stand_in(facts, missed.file, variable, missed.annotation)},
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The stand-in that trials use."""
    variable, value = str(finding.data["variable"]), str(finding.data["value"])
    return Fix(f"set `{variable}`", Safety.PLACEHOLDER, stand_ins={variable: value})
