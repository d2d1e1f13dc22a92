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

import ast
import difflib
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.project import SettingField, SettingValue
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import classes_named, effective, origins
from bootproof.rules.reading import own_frames, statement_at, text_of
from bootproof.rules.registry import finding
from bootproof.rules.settings._options import option
from bootproof.rules.settings._problems import Problem, field_of, looked_in, place_of_class, problems, without_prefix
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP301"
_READERS = ("os", "starlette", "decouple", "environs", "environ")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each variable that is missing."""
    for problem in problems(symptom):
        if problem.kind != "missing":
            continue
        field = field_of(facts, problem)
        file, line = (field.file, field.line) if field else place_of_class(facts, problem)
        variable = _variable(facts, field, problem) if field else problem.name
        what = f"{field.owner}.{field.name}" if field else f"{problem.owner}.{problem.name}"
        yield _finding(
            facts,
            variable,
            file,
            line,
            f"`{what}` is required, and nothing sets `{variable}`",
            field,
        )
    for failure in symptom.failures:
        for variable, file, line in (*_read(failure, facts), *_refused(failure, facts)):
            yield _finding(facts, variable, file, line, f"the code needs `{variable}`, and nothing sets it")


def _variable(facts: Facts, field: SettingField, problem: Problem) -> str:
    """The variable that fills a field; an inherited one goes by the prefix of the class that was made."""
    variable = field.variables[0] if field.variables else field.name
    if field.owner != problem.owner and variable.upper() == field.name.upper():
        for _, node in classes_named(facts, problem.owner):
            return f"{text_of(option(node, 'env_prefix')) or ''}{variable}"
    return variable


def _finding(
    facts: Facts, variable: str, file: str, line: int, cause: str, field: SettingField | None = None
) -> Finding:
    looked = looked_in(facts)
    told = ["Looked in: the process environment" + "".join(f", `{each.file}`" for each in looked)]
    unread = next((each for each in facts.settings(variable) if not each.loaded and each.source == "env-file"), None)
    if unread is not None:
        told.append(f"`{unread.file}` sets it, but the start does not read that file")
    else:
        names = {each.key.upper(): each for each in facts.settings()}
        for near in difflib.get_close_matches(variable.upper(), names, 1, 0.75):
            told.append(f"`{names[near].file}` sets `{names[near].key}`, which is near")
    value = (
        unread.value
        if unread is not None and unread.value
        else stand_in(facts, file, variable, field.annotation if field else "")
    )
    bare = without_prefix(facts, field) if field else None
    if bare is not None:
        told.append(f"`{bare.file}` sets `{bare.key}`, without the prefix that the class asks for")
    return finding(
        __name__,
        variable,
        file=file,
        line=line,
        cause=cause,
        explanation=". ".join(told),
        related=looked,
        data={"variable": variable, "value": value, "bare": bare},
    )


def _read(failure: Failure, facts: Facts) -> Iterator[tuple[str, str, int]]:
    """The variable that a reader of the environment did not find."""
    if not failure.frames or not failure.is_a("KeyError", "UndefinedValueError", "EnvError", "ImproperlyConfigured"):
        return
    if failure.frames[-1].module.partition(".")[0] not in _READERS:
        return
    frame = next(iter(own_frames(failure)), None)
    if frame is None:
        return
    arguments = failure.facts.get("args")
    named = arguments[0] if isinstance(arguments, list) and arguments and isinstance(arguments[0], str) else ""
    if failure.frames[-1].module == "os" and named:
        yield named, frame.file, frame.line
        return
    # the other readers put the name into a sentence: the one that stands in the source is taken
    for each in facts.project.fields:
        near = each.file == frame.file and not each.owner and abs(each.line - frame.line) <= 3
        if near and each.name in failure.message:
            yield each.name, each.file, each.line
            return


def _refused(failure: Failure, facts: Facts) -> Iterator[tuple[str, str, int]]:
    """Variables without a value that the project's own code tested before it raised."""
    frame = failure.frames[-1] if failure.frames else None
    tree = facts.syntax(frame.file) if frame and frame.own else None
    if frame is None or tree is None:
        return
    statement = statement_at(tree, frame.line)
    tests: list[ast.expr] = [statement.test] if isinstance(statement, ast.Assert) else []
    if isinstance(statement, ast.Raise):
        tests = [each.test for each in ast.walk(tree) if isinstance(each, ast.If) and statement in each.body]
    seen: set[str] = set()
    for test in tests:
        for node in ast.walk(test):
            if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
                continue
            for origin in origins(facts, frame.file, node):
                missing = origin.variables and effective(facts, origin.variables) is None
                if missing and origin.bare and origin.variables[0] not in seen:
                    seen.add(origin.variables[0])
                    yield origin.variables[0], origin.place, origin.line


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The key with its prefix, where the file sets it without; else the stand-in that trials use."""
    variable, value = str(finding.data["variable"]), str(finding.data["value"])
    bare = finding.data["bare"]
    text = facts.text(bare.file) if isinstance(bare, SettingValue) else None
    if isinstance(bare, SettingValue) and text is not None:
        start = text.rfind(bare.key.encode(), 0, bare.start)
        renamed = edit(bare.file, text, start, start + len(bare.key.encode()), variable)
        return Fix(
            f"call `{bare.key}` `{variable}`, as the class's `env_prefix` asks",
            Safety.UNSAFE,
            (renamed,),
            loses=f"`{bare.key}` for whatever else reads it from `{bare.file}`",
        )
    return Fix(f"set `{variable}`", Safety.PLACEHOLDER, stand_ins={variable: value})
