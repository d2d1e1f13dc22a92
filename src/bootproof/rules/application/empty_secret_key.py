"""Django's `SECRET_KEY` is empty

## What happens
`ImproperlyConfigured` where the key is first asked for: it must not be empty.

## Why the server cannot start
Sessions, cookies and tokens are signed with it. Django does not go on with an empty one.

## How to recognise it
Django raised when a setting was asked of a settings module that is there, and the module gives `SECRET_KEY` an empty text,
or reads it from a variable that nothing sets.

## How it is fixed
A person gives it a value. Trials use a stand-in that is never written anywhere; an empty text in the code is replaced by a
read of the environment.

## Fix safety
A placeholder: bootproof invents no secret.

## References
https://docs.djangoproject.com/en/stable/ref/settings/#secret-key
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._django import assignments, settings_files
from bootproof.rules.connecting._importing import importing
from bootproof.rules.origins import effective, origins
from bootproof.rules.registry import finding
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP465"
KEY = "SECRET_KEY"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The assignment that gives nothing."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or (last.module, last.function) != ("django.conf", "__getattr__"):
            continue
        if not failure.is_a("ImproperlyConfigured"):
            continue
        for file in settings_files(facts):
            for name, value in assignments(facts, file):
                if name != KEY:
                    continue
                found = list(origins(facts, file, value))
                variable = next((each.variables[0] for each in found if each.variables), "")
                empty = isinstance(value, ast.Constant) and not value.value
                if empty or (variable and effective(facts, (variable,)) is None):
                    yield finding(
                        __name__, variable or KEY, file=file, line=value.lineno, data={"variable": variable, "value": value},
                        cause=f"`{KEY}` is empty" + (f": nothing sets `{variable}`" if variable else ""),
                    )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A stand-in for trials; a person gives the value."""
    variable, value = str(finding.data["variable"]), finding.data["value"]
    edits: tuple[AnyEdit, ...] = ()
    if not variable and isinstance(value, ast.Constant):
        text = facts.text(finding.file) or b""
        read = replace_node(finding.file, text, value, f'os.environ["{KEY}"]')
        edits = (importing(facts, finding.file, "import os"), read)
    name = variable or KEY
    return Fix(f"set `{name}`", Safety.PLACEHOLDER, edits, stand_ins={name: stand_in(facts, finding.file, name, "str")})
