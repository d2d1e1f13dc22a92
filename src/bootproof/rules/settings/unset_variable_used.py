"""An environment variable that is not set is used as if it were

## What happens
Code raises while a module is imported: `'NoneType' object has no attribute …`, `int()` or `+` refuses
`None`, or SQLAlchemy expects a string or URL and gets `None`.

## Why the server cannot start
`os.getenv` gives `None` where nothing sets the variable. The code goes on with it.

## How to recognise it
The statement that failed is followed back to a read of the environment without a default, in the same
module or in one that it imports, and no settings file that the start reads sets the variable.

## How it is fixed
A person fills the value in, or gives the read a default. Trials use a stand-in that is never written
anywhere.

## Fix safety
A placeholder: bootproof invents no secret and no address.

## References
https://docs.python.org/3/library/os.html#os.getenv
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import dotted_name, own_frames, statement_at
from bootproof.rules.registry import finding
from bootproof.rules.settings._problems import looked_in
from bootproof.rules.settings._stand_ins import stand_in

CODE = "BP304"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each variable that the failing statement uses and nothing sets."""
    for failure in symptom.failures:
        if not _of_none(failure):
            continue
        for frame in own_frames(failure):
            found = list(_unset(facts, frame, failure))
            for origin, number in found:
                variable = origin.variables[0]
                annotation = origin.field.annotation if origin.field else ("int" if number else "")
                yield finding(
                    __name__,
                    variable,
                    file=origin.place,
                    line=origin.line,
                    cause=f"`{variable}` is read without a default, nothing sets it, and the code uses it",
                    explanation="Looked in: the process environment"
                    + "".join(f", `{each.file}`" for each in looked_in(facts)),
                    related=(Location(frame.file, frame.line, note="used here"), *looked_in(facts)),
                    data={"variable": variable, "value": stand_in(facts, origin.place, variable, annotation)},
                )
            if found:
                return


def _of_none(failure: Failure) -> bool:
    if failure.is_a("AttributeError"):
        return ("obj" in failure.facts and failure.facts["obj"] is None) or "'NoneType'" in failure.message
    # no attribute of these carries the value: that it is None is taken from the message as data
    return failure.is_a("TypeError", "ValueError", "sqlalchemy.exc.ArgumentError") and "None" in failure.message


def _unset(facts: Facts, frame: Frame, failure: Failure) -> Iterator[tuple[Origin, bool]]:
    """The reads of unset variables in the statement, and whether a number is made of each."""
    tree = facts.syntax(frame.file)
    statement = statement_at(tree, frame.line) if tree else None
    if statement is None:
        return
    seen: set[str] = set()
    attribute = failure.facts.get("name") if failure.is_a("AttributeError") else None
    for node in ast.walk(statement):
        if attribute and isinstance(node, ast.Attribute):
            # only what the missing attribute was asked of
            node = node.value if node.attr == attribute else ast.Constant(0)
        elif attribute or not isinstance(node, ast.Name | ast.Attribute | ast.Call):
            continue
        for origin in origins(facts, frame.file, node):
            if origin.bare and origin.variables[0] not in seen and effective(facts, origin.variables) is None:
                seen.add(origin.variables[0])
                yield origin, _numbered(statement, node)


def _numbered(statement: ast.AST, node: ast.AST) -> bool:
    """Whether the value goes into `int` or `float`."""
    return any(
        isinstance(each, ast.Call) and dotted_name(each.func) in ("int", "float") and node in ast.walk(each)
        for each in ast.walk(statement)
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The stand-in that trials use."""
    variable, value = str(finding.data["variable"]), str(finding.data["value"])
    return Fix(f"set `{variable}`, or give its read a default", Safety.PLACEHOLDER, stand_ins={variable: value})
