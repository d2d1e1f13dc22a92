"""A setting that must be JSON is written another way

## What happens
pydantic-settings raises a `SettingsError` ("error parsing value for field …") while the settings class is
made.

## Why the server cannot start
A field of a list, a dictionary or a model is read as JSON from the environment and from `.env`, before any
validator runs. `a,b`, `*` and nothing at all are not JSON.

## How to recognise it
pydantic-settings raised the error with a JSON error as its cause; the text that it could not read is the
value of a field's variable in a settings file.

## How it is fixed
The value is written as JSON: `["a","b"]`. Where the class has a validator of its own that splits the text,
the field is annotated with `NoDecode`, so that the validator gets to see it.

## Fix safety
Safe: the same items in the notation that is read. What a dictionary or a model is to hold is a person's: a
placeholder.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values
"""

import json
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.envfile import set_value
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.project import SettingField, SettingValue
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import effective
from bootproof.rules.registry import finding
from bootproof.rules.settings._decoding import undecoded
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP303"
_LIST = re.compile(r"(?:list|set|tuple|frozenset|sequence|iterable|collection)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"\[\s*(?:int|float)\b")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The field whose value is no JSON."""
    for failure in symptom.failures:
        if not failure.is_a("SettingsError"):
            continue
        read = [(each, effective(facts, each.variables)) for each in _fields(failure, facts)]
        broken = [(field, value) for field, value in read if value is not None and not _is_json(value.value)]
        if not broken:
            continue
        field, value = broken[0]
        written = "empty" if not value.value.strip() else "not JSON"
        yield finding(
            __name__,
            value.key,
            file=value.file,
            line=value.line,
            cause=f"`{value.key}` is {written}, and `{field.owner}.{field.name}: {field.annotation}` is read as JSON",
            explanation="Lists, dictionaries and models are read as JSON before any validator of the class runs.",
            related=(Location(field.file, field.line, note=f"{field.owner}.{field.name}"),),
            data={"field": field, "value": value},
        )
        return


def _fields(failure: Failure, facts: Facts) -> Iterator[SettingField]:
    # no attribute carries the field: the quoted name is taken as data, and must be a field in the source or its variable
    for word in re.findall(r"[\"'](\w+)[\"']", failure.message):
        for each in facts.project.fields:
            if each.owner and word.upper() in (each.name.upper(), *(one.upper() for one in each.variables)):
                yield each


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The value as JSON, or the field without decoding where the class splits the text itself."""
    field, value = finding.data["field"], finding.data["value"]
    if not isinstance(field, SettingField) or not isinstance(value, SettingValue):
        return None
    own = undecoded(facts, field)
    if own is not None:
        return own
    items = _items(field, value)
    text = facts.text(value.file)
    if items is None or text is None:
        # a dictionary or a model: what it is to hold is a person's
        filled = stand_in(facts, field.file, value.key, field.annotation)
        return Fix("write the value as JSON", Safety.PLACEHOLDER, stand_ins={value.key: filled}) if _is_json(filled) else None
    rival = f"annotate the field: `Annotated[{field.annotation}, NoDecode]`, with a validator that splits the text"
    return Fix("write the value as JSON", Safety.SAFE, (set_value(value, text, items),), rivals=(Rival(rival),))


def _items(field: SettingField, value: SettingValue) -> str | None:
    if not _LIST.search(field.annotation) or "dict" in field.annotation.lower():
        return None
    text = value.value.strip().strip("[]()")
    separator = "," if "," in text else ";" if ";" in text else None
    parts = [each.strip().strip("'\"") for each in (text.split(separator) if separator else text.split())]
    parts = [each for each in parts if each]
    if _NUMBERS.search(field.annotation):
        if not all(re.fullmatch(r"-?\d+(?:\.\d+)?", each) for each in parts):
            return None
        return "[" + ",".join(parts) + "]"
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
