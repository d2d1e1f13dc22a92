"""A settings file sets what the settings class does not declare

## What happens
The settings class raises a `ValidationError` ("Extra inputs are not permitted") while it is made.

## Why the server cannot start
pydantic-settings forbids extra values by default and reads every line of its `.env` file, also those that
are there for compose, for scripts or for another service.

## How to recognise it
pydantic lists the key as forbidden, and a settings file that the class reads sets it.

## How it is fixed
The class's options say `extra="ignore"`: keys that it does not declare are left to those whom they are for.

## Fix safety
Safe where the class says nothing of extra values: what it declares is read as before. Unsafe where it asks
for `forbid` itself: a misspelt key is then no longer noticed.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/#dotenv-env-support
"""

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.project import SettingValue
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import classes_named, origins
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding
from bootproof.rules.settings._names import explains, other_names
from bootproof.rules.settings._options import option, option_in_force, set_option
from bootproof.rules.settings._problems import Problem, place_of_class, problems

CODE = "BP302"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each settings class, at the first line that it refused."""
    refused: dict[tuple[str, int], list[Problem]] = {}
    elsewhere = other_names(facts, symptom)
    for problem in problems(symptom):
        if problem.kind == "extra_forbidden" and not explains(facts, elsewhere, problem):
            refused.setdefault(place_of_class(facts, problem), []).append(problem)
    for place, those in refused.items():
        owner, path, names = those[0].owner, those[0].path_of_owner, [each.name for each in those]
        values = [value for value in (_value(facts, each) for each in those) if value is not None]
        keys = ", ".join(f"`{each}`" for each in ([each.key for each in values] or names))
        held = Location(*place, note=f"class {owner}")
        first = values[0] if values else None
        yield finding(
            __name__,
            f"{facts.module_of(held.file)}:{owner}",
            file=first.file if first else held.file,
            line=first.line if first else held.line,
            cause=f"`{owner}` does not declare {keys}, and forbids what it does not declare",
            explanation="pydantic-settings reads every line of its settings file and forbids extra keys by default.",
            related=(held, *(Location(each.file, each.line, note=each.key) for each in values[1:])),
            data={"owner": owner, "file": held.file, "path": path},
        )


def _value(facts: Facts, problem: Problem) -> SettingValue | None:
    """The line that sets what was refused: of the file that the class itself names, where it names one."""
    held = [each for each in facts.settings(problem.name) if each.loaded]
    for file, node in classes_named(facts, problem.owner, problem.path_of_owner):
        named = option_in_force(facts, file, node, "env_file")
        items = named[1].elts if named and isinstance(named[1], ast.Tuple | ast.List) else [named[1]] if named else []
        for item in reversed(items):  # the last one wins
            for origin in origins(facts, named[0], item) if named else ():
                said = PurePosixPath(text_of(origin.node) or "").name
                found = [each for each in held if said and PurePosixPath(each.file).name == said]
                if found:
                    return found[0]
    return held[0] if held else None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`extra="ignore"` in the class's own options."""
    for file, node in classes_named(facts, str(finding.data["owner"]), str(finding.data["path"])):
        edits = set_option(facts, file, node, "extra", '"ignore"') if file == finding.data["file"] else ()
        if not edits:
            continue
        asked = option(node, "extra")
        explicit = isinstance(asked, ast.expr)
        return Fix(
            'let the settings class ignore keys of others: `extra="ignore"`',
            Safety.UNSAFE if explicit else Safety.SAFE,
            edits,
            loses="that a misspelt key is refused, which the class asks for" if explicit else "",
            rivals=(Rival("declare the keys as fields", "where the application is to use them"),),
        )
    return None
