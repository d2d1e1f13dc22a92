"""Which variable a field of a settings class reads, and which other name a settings file gives it."""

import ast
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.finding import Location
from bootproof.model.project import GIVEN, SettingField, SettingValue
from bootproof.model.symptom import Symptom
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import lineage, meaning, text_of
from bootproof.rules.settings._options import option_in_force
from bootproof.rules.settings._problems import Problem, field_of, place_of_class, problems

OPTIONS = ("env_prefix", "case_sensitive", "env_nested_delimiter")  # what says how a class's variables are called


@dataclass(frozen=True)
class Owner:
    """The settings class that was made, with its options as they are in force."""

    file: str
    node: ast.ClassDef
    prefix: str
    exact: bool  # case counts
    delimiter: str

    def reads(self, variables: tuple[str, ...], key: str) -> bool:
        """Whether a key is one of the variables."""
        return key in variables if self.exact else key.upper() in (each.upper() for each in variables)


@dataclass(frozen=True)
class OtherName:
    """A value that a settings file gives under another name than the field reads.

    `variable` is the name that is read. `delimiter` is set where the value is for a field of the field's own model,
    and the class does not take the two apart (or at another delimiter).
    """

    value: SettingValue
    field: SettingField
    variable: str
    owner: Owner
    delimiter: str = ""


def owner_of(facts: Facts, name: str, path: str) -> Owner | None:
    """The own settings class of that name; `path` as the interpreter told it."""
    for file, node in classes_named(facts, name, path):
        given = [option_in_force(facts, file, node, each) for each in OPTIONS]
        prefix, exact, delimiter = (each[1] if each is not None else None for each in given)
        sensitive = isinstance(exact, ast.Constant) and exact.value is True
        return Owner(file, node, text_of(prefix) or "", sensitive, text_of(delimiter) or "")
    return None


def variables_of(field: SettingField, owner: Owner | None) -> tuple[str, ...]:
    """The variables that fill a field; an inherited one goes by the options of the class that was made."""
    known = field.variables or (field.name,)
    if owner is None or (field.file, field.owner) == (owner.file, owner.node.name):
        return known
    plain = known[0].upper().endswith(field.name.upper()) and len(known) == 1
    made = f"{owner.prefix}{field.name}"
    return (made if owner.exact else made.upper(),) if plain else known


def other_names(facts: Facts, symptom: Symptom) -> tuple[OtherName, ...]:
    """The values under other names that explain what the settings classes of a symptom miss or refuse."""
    found: dict[tuple[str, str, str], OtherName] = {}
    for problem in problems(symptom):
        for each in _explaining(facts, problem):
            found.setdefault((each.value.file, each.value.key, each.variable), each)
    return tuple(found.values())


def explains(facts: Facts, found: tuple[OtherName, ...], problem: Problem) -> bool:
    """Whether a value under another name is why a class misses a field, or why it refuses a key."""
    return any(
        problem.owner == each.owner.node.name
        and place_of_class(facts, problem)[0] == each.owner.file
        and problem.name.upper() in (each.field.name.upper(), each.variable.upper(), each.value.key.upper())
        for each in found
    )


def _explaining(facts: Facts, problem: Problem) -> Iterator[OtherName]:
    owner = owner_of(facts, problem.owner, problem.path_of_owner)
    if owner is None or problem.kind not in ("missing", "extra_forbidden") or problem.path:
        return
    mine = {(file, node.name) for file, node in lineage(facts, owner.file, owner.node)}
    fields = [each for each in facts.project.fields if (each.file, each.owner) in mine]
    if problem.kind == "missing":
        field = field_of(facts, problem)
        for each in _values(facts, owner):
            if field is not None and (found := _match(facts, owner, fields, field, each)) is not None:
                yield found
                if not found.delimiter:
                    return
        return
    for each in _values(facts, owner):
        if each.key.upper() == problem.name.upper():
            yield from (found for one in fields if (found := _match(facts, owner, fields, one, each)) is not None)


def _values(facts: Facts, owner: Owner) -> list[SettingValue]:
    return [each for each in facts.settings() if each.loaded or each.source in GIVEN]


def _match(facts: Facts, owner: Owner, fields: list[SettingField], field: SettingField, value: SettingValue) -> OtherName | None:
    """The value as one that was meant for the field; None where it is another's, or the field reads it."""
    variables = variables_of(field, owner)
    if any(owner.reads(variables_of(each, owner), value.key) for each in fields):
        return None
    known = {plain(each) for each in (*variables, owner.prefix + field.name, field.name)}
    if plain(value.key) in known:
        lower = value.key.islower() and not owner.exact
        return OtherName(value, field, variables[0].lower() if lower else variables[0], owner)
    delimiter = _delimiter(facts, variables, field, value.key)
    if delimiter and delimiter != owner.delimiter:
        return OtherName(value, field, variables[0], owner, delimiter)
    return None


def _delimiter(facts: Facts, variables: tuple[str, ...], field: SettingField, key: str) -> str:
    """What stands between the field's variable and a field of its model in a key, "" where it is none."""
    below = {plain(each) for each in model_fields(facts, field.file, field.annotation)}  # `plain`: case does not count
    for variable in variables:
        found = re.fullmatch(re.escape(variable) + r"([\W_]+)(\w+)", key, re.IGNORECASE)
        if found is not None and any(plain(found[2]).startswith(each) for each in below):
            return found[1]
    return ""


def model_fields(facts: Facts, file: str, annotation: str) -> dict[str, tuple[str, ast.AnnAssign]]:
    """The fields of the own model that an annotation names, bare or optional, with their files; none without one."""
    for name in re.findall(r"[A-Za-z_][\w.]*", annotation):
        found = meaning(facts, file, ast.parse(name, mode="eval").body) if not keyword.iskeyword(name) else None
        if found is not None and isinstance(found.node, ast.ClassDef):
            return {
                each.target.id: (place, each)
                for place, node in reversed(list(lineage(facts, found.file, found.node)))
                for each in node.body
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id != "model_config"
            }
    return {}


def readers(facts: Facts, value: SettingValue, but: SettingField) -> tuple[Location, ...]:
    """Who else reads a key: code by that name, and files that are no prose (compose, scripts, ini)."""
    code = [
        Location(each.file, each.line, note=f"reads `{value.key}`")
        for each in facts.project.fields
        if each != but and value.key.upper() in (one.upper() for one in (each.variables or (each.name,)))
    ]
    told = [
        Location(file, line, note=f"names `{value.key}`")
        for file, line in facts.mentions(value.key)
        if not re.search(r"\.(?:md|rst|txt)$", file) and file != value.file
    ]
    others = [
        Location(each.file, each.line, note=f"sets `{each.key}` too")
        for each in facts.settings(value.key)
        if each.file != value.file and each.source != "env-file"
    ]
    return tuple({(each.file, each.line): each for each in (*code, *told, *others)}.values())


def plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
