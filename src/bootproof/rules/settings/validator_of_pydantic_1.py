"""A validator is written for pydantic 1

## What happens
`PydanticUserError` is raised while a class is defined; or `TypeError` or `AttributeError` in the validator
itself as soon as it runs: `'ValidationInfo' object is not subscriptable`.

## Why the server cannot start
pydantic 1 handed a validator the other fields' values as a dictionary, and its field and its configuration by
name. pydantic 2 hands it one `ValidationInfo`; a `model_validator` with `mode="after"` gets the made object; and
a `root_validator` must say that it is skipped where a field has failed.

## How to recognise it
The error's `code` says that a validator's signature is at fault; or the project's own last frame is a method
that a decorator of pydantic makes a validator, and what it uses as a dictionary is a `ValidationInfo` or an
object of its own class.

## How it is fixed
Parameters that the body never uses are left out. Where it uses the dictionary, it asks `info.data`; where it
was handed the object, its attributes. A `root_validator` gets `skip_on_failure=True`, an instance method becomes
one of the class.

## Fix safety
Safe: the validator gets to see the same values. Where the body uses something that pydantic 2 does not hand
over, a person rewrites it.

## References
https://docs.pydantic.dev/latest/migration/, "Changes to validators"
"""

from collections.abc import Iterable, Iterator

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.kinds import seen_names
from bootproof.rules.registry import finding
from bootproof.rules.settings._definitions import Definition, class_at, decorated, refused
from bootproof.rules.settings._validators import Validator, as_object, named_in, of_class, skipping, with_info, without

CODE = "BP312"
_FIELD = ("field", "config")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The validator that pydantic refuses, or that fails on what it is handed."""
    for failure in symptom.failures:
        definition = refused(facts, failure)
        found = list(_refused(facts, definition) if definition is not None else _failed(facts, failure))
        for validator, cause, how in found:
            yield finding(
                __name__,
                f"{validator.owner.name}.{validator.function.name}",
                file=validator.file,
                line=validator.function.lineno,
                end_line=validator.function.end_lineno,
                cause=f"`{validator.owner.name}.{validator.function.name}` {cause}",
                data={"validator": validator, "how": how},
            )
        if found:
            return


def _refused(facts: Facts, found: Definition) -> Iterator[tuple[Validator, str, str]]:
    every = named_in(_validators(facts, found), found.failure.message)
    for each in every:
        names = [one.arg for one in each.parameters]
        if found.code == "validator-field-config-info" and each.word == "validator" and set(names) & set(_FIELD):
            yield each, "asks for `field` or `config`, which pydantic 2 does not hand over", "field"
        elif found.code == "validator-v1-signature" and each.word == "validator" and set(names) - {"values", *_FIELD}:
            yield each, "asks for what pydantic 2 does not hand over", "field"
        elif found.code == "validator-signature" and each.word == "field_validator" and len(names) != 1:
            yield each, f"takes {len(names) + 2} parameters, and pydantic 2 gives it the class, the value and `info`", "info"
        elif found.code == "root-validator-pre-skip" and each.word == "root_validator" and _is_at(each, found.line):
            yield each, "runs after the fields and does not say `skip_on_failure=True`", "skip"
        elif found.code == "validator-instance-method" and _is_at(each, found.line):
            yield each, "is a method of an object, and there is none yet when it runs", "class"


def _is_at(validator: Validator, line: int) -> bool:
    return min(validator.decorator.lineno, validator.function.lineno) <= line <= validator.function.lineno


def _failed(facts: Facts, failure: Failure) -> Iterator[tuple[Validator, str, str]]:
    """The validator whose own frame raised, on an object that it takes for a dictionary."""
    frame = failure.frames[-1] if failure.frames else None
    if frame is None or not frame.own or not failure.is_a("TypeError", "AttributeError"):
        return
    owner = class_at(facts, frame.file, frame.line)
    names = seen_names(failure.facts)
    definition = Definition(frame.file, owner, "", failure, frame.line) if owner is not None else None
    for each in _validators(facts, definition) if definition is not None else ():
        if each.function.name != frame.function:
            continue
        for parameter in each.function.args.args:
            kind = names.get(parameter.arg, "").rpartition(".")[2]
            if kind == "ValidationInfo" and each.word == "field_validator":
                yield each, "takes pydantic 2's `ValidationInfo` for a dictionary of the other fields' values", "info"
            elif kind == each.owner.name and each.word == "model_validator":
                yield each, f"takes a `{kind}` for a dictionary of its fields", f"object {parameter.arg}"


def _validators(facts: Facts, found: Definition) -> Iterator[Validator]:
    for function, decorator, word in decorated(facts, found.file, found.node):
        if word.endswith("validator"):
            yield Validator(found.file, found.node, function, decorator, word)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What pydantic 2 hands over, in the place of what pydantic 1 did."""
    validator, how = finding.data["validator"], str(finding.data["how"])
    if not isinstance(validator, Validator):
        return None
    if how == "field":
        title = "leave out what is not used"
        edits = without(facts, validator, {each.arg for each in validator.parameters} - {"values"})
    elif how == "info":
        title, edits = "ask `info.data` for the other fields' values", with_info(facts, validator)
    elif how == "skip":
        title, edits = "say `skip_on_failure=True`", skipping(facts, validator)
    elif how == "class":
        title, edits = "make it a method of the class", of_class(facts, validator)
    else:
        title, edits = "ask the object for its attributes", as_object(facts, validator, how.partition(" ")[2])
    return Fix(title, Safety.SAFE, edits) if edits else None
