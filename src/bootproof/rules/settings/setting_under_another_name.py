"""A settings file sets a field under a name that it does not read

## What happens
The settings class raises a `ValidationError`: a field is missing, or a key is one that it does not declare.
The value is there, under another name.

## Why the server cannot start
Which variable fills a field is said by the class: its `env_prefix`, the field's alias, `case_sensitive`, and
for a field that is a model itself `env_nested_delimiter`. A value under any other name fills nothing.

## How to recognise it
pydantic-settings lists a field as missing, or a key as forbidden; a settings file that the start reads has a
key that differs from the field's variable only in case, in its prefix or in what stands between its words, or
that puts a field of the field's own model behind it; and no other field of the class reads that key.

## How it is fixed
The key is called as the class reads it. Where it is for a field of a nested model, the class's options get the
`env_nested_delimiter` that the keys are written with.

## Fix safety
Safe where nothing else reads the key, and for the delimiter: without it no key reached the model. Unsafe where
something else of the project reads it under its old name.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/#environment-variable-names
"""

from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import lineage
from bootproof.rules.registry import finding
from bootproof.rules.settings._names import OPTIONS, OtherName, other_names, readers
from bootproof.rules.settings._options import option_in_force, set_option

CODE = "BP306"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each key, and one for each class that does not take nested keys apart."""
    delimited: dict[tuple[str, str], list[OtherName]] = {}
    for each in other_names(facts, symptom):
        if each.delimiter:
            delimited.setdefault((each.owner.file, each.owner.node.name), []).append(each)
            continue
        what = f"{each.field.owner}.{each.field.name}"
        yield finding(
            __name__,
            each.variable,
            file=each.value.file,
            line=each.value.line,
            cause=f"`{each.value.key}` is set, and `{what}` reads `{each.variable}`",
            explanation="The name is that of another variable for the class: nothing fills the field.",
            related=(Location(each.field.file, each.field.line, note=what), *_options(facts, each)),
            data={"other": each},
        )
    for (_, name), values in delimited.items():
        first = values[0]
        yield finding(
            __name__,
            name,
            file=first.owner.file,
            line=next((each.line for each in _options(facts, first)), first.owner.node.lineno),
            cause=f"`{name}` does not take `{first.value.key}` apart at `{first.delimiter}`",
            explanation=f"Without an `env_nested_delimiter` no such key reaches the fields of `{first.field.name}`.",
            related=(
                Location(first.field.file, first.field.line, note=f"{first.field.owner}.{first.field.name}"),
                *(Location(each.value.file, each.value.line, note=each.value.key) for each in values),
            ),
            data={"other": first},
        )


def _options(facts: Facts, other: OtherName) -> Iterator[Location]:
    """Where the class says how its variables are called."""
    for name in OPTIONS:
        given = option_in_force(facts, other.owner.file, other.owner.node, name)
        if given is not None:
            yield Location(given[0], given[1].lineno, note=f"`{name}`")
    for file, node in lineage(facts, other.owner.file, other.owner.node):
        yield Location(file, node.lineno, note=f"class {node.name}")


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The key by the name that is read, or the delimiter."""
    other = finding.data["other"]
    if not isinstance(other, OtherName):
        return None
    owner, value = other.owner, other.value
    if other.delimiter:
        edits = set_option(facts, owner.file, owner.node, "env_nested_delimiter", f'"{other.delimiter}"')
        mine = [each for each in facts.project.fields if (each.file, each.owner) == (owner.file, owner.node.name)]
        inside = [each for each in mine if other.delimiter in each.name]
        if not edits or owner.delimiter or inside:
            return None  # it takes keys apart already, or would take its own fields' names apart
        return Fix(f"take keys apart at `{other.delimiter}`", Safety.SAFE, edits)
    text = facts.text(value.file)
    start = text.rfind(value.key.encode(), 0, value.start) if text is not None else -1
    if text is None or start < 0:
        return None
    others = readers(facts, value, other.field)
    return Fix(
        f"call `{value.key}` `{other.variable}`, as the class reads it",
        Safety.UNSAFE if others else Safety.SAFE,
        (edit(value.file, text, start, start + len(value.key.encode()), other.variable),),
        loses=f"`{value.key}` for {', '.join(sorted({f'`{each.file}`' for each in others}))}" if others else "",
        rivals=(Rival("change how the class names its variables", "where the files of other machines are right"),),
    )
