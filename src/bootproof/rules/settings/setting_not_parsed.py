"""A setting does not parse into its field's type

## What happens
The settings class raises a `ValidationError` while it is made: the text that is set is no integer, no
boolean, no URL. Or `int(os.getenv(…))`, `env.int(…)`, `config(…, cast=int)` raise.

## Why the server cannot start
Every value of the environment and of `.env` is text, and an empty text is a value too. pydantic parses it
into the field's type, and refuses what does not parse.

## How to recognise it
pydantic lists the field with the reason, and a settings file that the start reads sets it. Or the failing
statement makes a number or a truth of a variable whose value is none.

## How it is fixed
An empty value of a field with a default is commented out, so that the default holds. A text that ends before a
` #` without a blank behind it is quoted with what follows. Else a person writes a value that fits; trials use a
stand-in of the right type that is never written anywhere.

## Fix safety
Safe for an empty value: it was never accepted, and the default is what the class says without it. Unsafe for
what follows a `#`: it may be a comment. Else a placeholder.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

import re
from collections.abc import Iterable

from bootproof.edits.envfile import quoted
from bootproof.edits.making import edit
from bootproof.edits.source import line_start, line_stop
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.masking import is_secret_key
from bootproof.model.project import SettingField, SettingValue
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import effective
from bootproof.rules.registry import finding
from bootproof.rules.settings._conversions import conversions
from bootproof.rules.settings._names import owner_of, variables_of
from bootproof.rules.settings._problems import field_of, first_sentence, problems
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP305"
_OTHERS = frozenset({"missing", "extra_forbidden"})
_TEXTS = frozenset({"str", "SecretStr"})
_OWN = frozenset({"value_error", "assertion_error"})  # a validator of the project's own refused it


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each setting that its field refuses."""
    found = tuple(problems(symptom))
    lacking = [each.failure for each in found if each.kind == "missing"]
    for problem in found:
        field = field_of(facts, problem)
        if problem.kind in _OTHERS or field is None:
            continue
        value = effective(facts, variables_of(field, owner_of(facts, problem.owner, problem.path_of_owner)))
        if value is None and any(each is problem.failure for each in lacking):
            continue  # a validator that makes the value of others, which are missing
        file, line = (value.file, value.line) if value else (field.file, field.line)
        key = value.key if value else field.name
        secret = is_secret_key(key) or (value is not None and "://" in value.value)
        told = first_sentence(problem.message)
        reason = "its own validator refuses it" if secret and problem.kind in _OWN else told
        yield finding(
            __name__,
            key,
            file=file,
            line=line,
            cause=f"`{key}` does not fit `{field.owner}.{field.name}` (`{field.annotation}`): {reason}",
            explanation="The value is empty, and an empty text is a value."
            if value is not None and not value.value
            else "",
            related=(Location(field.file, field.line, note=f"{field.owner}.{field.name}"),),
            data={"field": field, "value": value, "kind": problem.kind},
        )
    for each in conversions(symptom, facts):
        read = SettingField(
            each.value.key, each.origin.file, each.origin.line, "", each.kind, not each.optional, each.origin.variables
        )
        what = f"no `{each.kind}`" if each.value.value else f"empty, and no `{each.kind}`"
        yield finding(
            __name__,
            each.value.key,
            file=each.value.file,
            line=each.value.line,
            cause=f"`{each.value.key}` is {what}, which `{read.file}` makes of it",
            explanation="" if each.value.value else "The value is empty, and an empty text is a value.",
            related=(Location(read.file, read.line, note=f"reads `{each.value.key}`"),),
            data={"field": read, "value": each.value, "kind": each.kind},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """An empty line commented out, a whole text in quotes, or a stand-in."""
    field, value = finding.data["field"], finding.data["value"]
    if not isinstance(field, SettingField):
        return None
    variable = (field.variables or (field.name,))[0]
    if isinstance(value, SettingValue):
        variable = value.key
        text = facts.text(value.file)
        if not value.value and not field.required and value.source == "env-file" and text is not None:
            start = line_start(text, value.start)
            return Fix(
                f"comment out the empty `{value.key}`, so that the default holds",
                Safety.SAFE,
                (edit(value.file, text, start, start, "# "),),
            )
        cut = _cut(value, text or b"")
        if cut and field.annotation.rpartition(".")[2] in _TEXTS and text is not None:
            end = value.end + len(cut.encode())
            return Fix(
                f"quote `{value.key}`: what follows the `#` belongs to it",
                Safety.UNSAFE,
                (edit(value.file, text, value.start, end, quoted(value.value + cut)),),
                loses="the comment, if it is one",
            )
    if finding.data["kind"] in _OWN:
        return None
    filled = stand_in(facts, field.file, variable, field.annotation)
    return Fix(
        f"write a value for `{variable}` that fits `{field.annotation}`",
        Safety.PLACEHOLDER,
        stand_ins={variable: filled},
    )


def _cut(value: SettingValue, text: bytes) -> str:
    """What stands behind an unquoted value on its line and begins like more of it: ` #` and no blank; else ""."""
    rest = text[value.end : line_stop(text, value.end)].decode("utf-8", "surrogateescape").rstrip()
    plain = value.source == "env-file" and text[value.start : value.end].decode("utf-8", "surrogateescape") == value.value
    return rest if plain and re.match(r"[ \t]+#[^\s#]", rest) else ""
