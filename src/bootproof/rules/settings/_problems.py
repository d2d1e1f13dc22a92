"""What pydantic-settings says of a settings class, as data: pydantic 1 and 2 tell the same in other words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.project import SettingField
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import lineage, own_frames

_KINDS = {
    "value_error.missing": "missing",
    "value_error.extra": "extra_forbidden",
    "type_error.integer": "int_parsing",
    "type_error.float": "float_parsing",
    "type_error.bool": "bool_parsing",
}
_HOMES = ("pydantic_settings", "pydantic.env_settings", "pydantic.v1.env_settings")


@dataclass(frozen=True)
class Problem:
    """One error of one settings class. `name` is the field's name or alias, `kind` pydantic 2's word for it."""

    kind: str
    name: str
    owner: str
    message: str
    failure: Failure
    path: tuple[str, ...] = ()  # below the field, where it is a model: its own fields' names
    path_of_owner: str = ""  # `package.module.Class`, where the interpreter told


def problems(symptom: Symptom) -> Iterator[Problem]:
    """Every error that a settings class raised while it was made."""
    for failure in symptom.failures:
        if not failure.is_a("ValidationError") or not any(each.module.startswith(_HOMES) for each in failure.frames):
            continue
        listed = failure.facts.get("errors")
        made = str(failure.facts.get("model") or "")
        owner = made.rpartition(".")[2] or str(failure.facts.get("title") or "")
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, Mapping) and each.get("loc"):
                kind = str(each.get("type", ""))
                name, *path = map(str, each["loc"])
                yield Problem(_KINDS.get(kind, kind), name, owner, str(each.get("msg", "")), failure, tuple(path), made)


def first_sentence(message: str) -> str:
    """The first line of a message that says something: a validator of the project's own may draw a frame."""
    opening, _, rest = message.partition(", ")
    lines = (opening, *rest.splitlines()) if opening in ("Value error", "Assertion failed") else message.splitlines()
    said = [line.strip() for line in lines if any(character.isalnum() for character in line)]
    return ": ".join(said[: 2 if said[:1] == [opening] else 1]).rstrip(".")


def field_of(facts: Facts, problem: Problem) -> SettingField | None:
    """The field of the settings class that an error is about: by its name, or by a variable that fills it."""
    word = problem.name.upper()
    named = [
        each
        for each in facts.project.fields
        if each.owner and (each.name.upper() == word or word in (one.upper() for one in each.variables))
    ]
    for file, node in classes_named(facts, problem.owner, problem.path_of_owner):
        for place, above in lineage(facts, file, node):
            for each in named:
                if (each.file, each.owner) == (place, above.name):
                    return each
    return named[0] if named else None


def place_of_class(facts: Facts, problem: Problem) -> tuple[str, int]:
    """Where the settings class stands; without it, where it was made."""
    for file, node in classes_named(facts, problem.owner, problem.path_of_owner):
        return file, node.lineno
    frame = next(iter(own_frames(problem.failure)), None)
    target = facts.project.target
    return (frame.file, frame.line) if frame else (target.file if target else ".", 1)
