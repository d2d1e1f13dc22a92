"""The variables that a start missed: fields of settings classes, reads of the environment, uses of None."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import dotted_name, own_frames, statement_at, text_of
from bootproof.rules.settings._names import Owner, explains, model_fields, other_names, owner_of, variables_of
from bootproof.rules.settings._problems import Problem, field_of, place_of_class, problems

_READERS = ("os", "starlette", "decouple", "environs", "environ")


@dataclass(frozen=True)
class Missed:
    """A variable that the start needed and did not get. `what` is the field, "" where code reads the variable itself.

    `owner` is the settings class that was made. `used`: the read gave None, and the code went on with it at `frame`.
    """

    variable: str
    file: str
    line: int
    failure: Failure
    what: str = ""
    annotation: str = ""
    owner: Owner | None = None
    used: bool = False
    frame: Frame | None = None
    in_file: bool = False  # a settings file that is read has it, though not in time or not for the environment


def missed(symptom: Symptom, facts: Facts) -> Iterator[Missed]:
    """Every variable that a symptom is about, those left out that a settings file sets under another name."""
    elsewhere = other_names(facts, symptom)
    for problem in problems(symptom):
        if problem.kind == "missing" and not explains(facts, elsewhere, problem):
            yield _field(facts, problem)
    for failure in symptom.failures:
        yield from _read(failure, facts)
        yield from _refused(failure, facts)
    for failure in symptom.failures:
        used = list(_used(failure, facts))
        yield from used
        if used:
            return


def _field(facts: Facts, problem: Problem) -> Missed:
    field, owner = field_of(facts, problem), owner_of(facts, problem.owner, problem.path_of_owner)
    if field is None:  # the start comes to its class in a way that the source does not tell
        file, line = place_of_class(facts, problem)
        what, annotation = f"{problem.owner}.{problem.name}", ""
        variable = problem.name
        for each in owner.node.body if owner is not None else ():
            if isinstance(each, ast.AnnAssign) and dotted_name(each.target) == problem.name and owner is not None:
                file, line, annotation = owner.file, each.lineno, ast.unparse(each.annotation)
                variable = f"{owner.prefix}{problem.name}" if owner.exact else f"{owner.prefix}{problem.name}".upper()
    else:
        file, line, annotation = field.file, field.line, field.annotation
        what, variable = f"{field.owner}.{field.name}", variables_of(field, owner)[0]
    for part in problem.path if owner is not None and owner.delimiter else ():  # a field of the field's own model
        within = model_fields(facts, file, annotation)
        if owner is None or part not in within:
            break
        file, node = within[part]
        line, annotation, what = node.lineno, ast.unparse(node.annotation), f"{what}.{part}"
        variable += owner.delimiter + (part if owner.exact else part.upper())
    return Missed(variable, file, line, problem.failure, what, annotation, owner)


def _read(failure: Failure, facts: Facts) -> Iterator[Missed]:
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
        yield Missed(named, frame.file, frame.line, failure)
        return
    # the other readers put the name into a sentence: the one that stands in the source is taken
    for each in facts.project.fields:
        near = each.file == frame.file and not each.owner and abs(each.line - frame.line) <= 3
        if near and each.name in failure.message:
            yield Missed(each.name, each.file, each.line, failure)
            return
    # a module that the start reaches in a way which the source does not tell
    tree = facts.syntax(frame.file)
    statement = statement_at(tree, frame.line) if tree is not None else None
    calls = [each for each in ast.walk(statement) if isinstance(each, ast.Call)] if statement is not None else []
    for node in calls:
        name = text_of(node.args[0]) if node.args else None
        if statement is not None and name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", failure.message):
            kind = "int" if _numbered(statement, node) else ""
            yield Missed(name, frame.file, node.lineno, failure, annotation=kind)
            return


def _refused(failure: Failure, facts: Facts) -> Iterator[Missed]:
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
                if is_unset(facts, origin, seen):
                    yield Missed(origin.variables[0], origin.place, origin.line, failure)


def _used(failure: Failure, facts: Facts) -> Iterator[Missed]:
    """The reads of unset variables in the statements that failed on None, innermost first."""
    if not _of_none(failure):
        return
    # else a settings file has it, but not in the environment at that moment: it was read too late, or by pydantic alone
    for in_file in (False, True):
        for frame in own_frames(failure):
            tree = facts.syntax(frame.file)
            statement = statement_at(tree, frame.line) if tree else None
            found = list(_in_statement(facts, frame, failure, statement, not in_file)) if statement is not None else []
            for origin, number in found:
                kind = origin.field.annotation if origin.field else ("int" if number else "")
                yield Missed(
                    origin.variables[0], origin.place, origin.line, failure,
                    annotation=kind, used=True, frame=frame, in_file=in_file,
                )  # fmt: skip
            if found:
                return


def _of_none(failure: Failure) -> bool:
    if failure.is_a("AttributeError"):
        return ("obj" in failure.facts and failure.facts["obj"] is None) or "'NoneType'" in failure.message
    if failure.is_a("TypeError") and failure.frames and failure.frames[-1].module == "configparser":
        return True  # Alembic's configuration takes text alone
    # no attribute of these carries the value: that it is None is taken from the message as data
    return failure.is_a("TypeError", "ValueError", "sqlalchemy.exc.ArgumentError") and "None" in failure.message


def _in_statement(
    facts: Facts, frame: Frame, failure: Failure, statement: ast.stmt, files: bool
) -> Iterator[tuple[Origin, bool]]:
    """The reads of unset variables in the statement, and whether a number is made of each."""
    seen: set[str] = set()
    attribute = failure.facts.get("name") if failure.is_a("AttributeError") else None
    for node in ast.walk(statement):
        if attribute and isinstance(node, ast.Attribute):
            # only what the missing attribute was asked of
            node = node.value if node.attr == attribute else ast.Constant(0)
        elif attribute or not isinstance(node, ast.Name | ast.Attribute | ast.Call):
            continue
        for origin in origins(facts, frame.file, node):
            if is_unset(facts, origin, seen, files):
                yield origin, _numbered(statement, node)


def is_unset(facts: Facts, origin: Origin, seen: set[str], files: bool = True) -> bool:
    """Whether a read gives None: a plain read finds a variable in its own case only. `files`: settings files count."""
    if not origin.variables or not origin.bare or origin.variables[0] in seen:
        return False
    value = effective(facts, origin.variables)
    plain = origin.field is None
    set_so = value is not None and (not plain or (value.key in origin.variables and (files or value.source != "env-file")))
    seen.update(() if set_so else origin.variables[:1])
    return not set_so


def _numbered(statement: ast.AST, node: ast.AST) -> bool:
    """Whether the value goes into `int` or `float`."""
    return any(
        isinstance(each, ast.Call) and dotted_name(each.func) in ("int", "float") and node in ast.walk(each)
        for each in ast.walk(statement)
    )
