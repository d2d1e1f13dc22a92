"""A field is asked of a settings class, which only its objects have

## What happens
`AttributeError` is raised where a module reads `Settings.DATABASE_URL`.

## Why the server cannot start
pydantic takes the annotated attributes of a class away and makes fields of them. Their values are read when an
object is made: `Settings()`.

## How to recognise it
What lacks the attribute is a class of the project that derives from pydantic's `BaseModel`, and the class
declares a field of that name.

## How it is fixed
The object that the project has already made of that class is asked (`settings`, `get_settings()`), else one is
made.

## Fix safety
Safe where every field can be filled without arguments, as those of settings are.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_import, replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.attributes import missing_attribute
from bootproof.rules.origins import classes_named, own_class
from bootproof.rules.reading import Function, assigned, function_at, named, outside, top_level
from bootproof.rules.registry import finding
from bootproof.rules.settings._definitions import fields_of

CODE = "BP315"
MODEL = "pydantic.main.BaseModel"
SETTINGS = "pydantic_settings.main.BaseSettings"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The expression that asks the class."""
    for failure in symptom.failures:
        missing = missing_attribute(facts, failure)
        if missing is None or missing.kind != "class" or not missing.is_a(MODEL):
            continue
        for file, node in classes_named(facts, missing.owner_name.rpartition(".")[2], missing.owner):
            held = fields_of(facts, file, node).get(missing.name)
            if held is None:
                continue
            yield finding(
                __name__,
                f"{node.name}.{missing.name}",
                file=missing.frame.file,
                line=missing.node.lineno,
                cause=f"`{missing.name}` is a field of `{node.name}`, and it is asked of the class instead of an object",
                related=(Location(held[0], held[1].lineno, note=f"{node.name}.{missing.name}"),),
                data={"asked": missing.node.value, "class": (file, node), "settings": missing.is_a(SETTINGS)},
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The object that there is, or a new one."""
    asked, held = finding.data["asked"], finding.data["class"]
    if not isinstance(asked, ast.expr) or not isinstance(held, tuple) or not finding.data["settings"]:
        return None
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, asked)
    written = text[start:end].decode()
    for code, statement in _objects(facts, finding.file, asked, *held):
        edits = [replace_node(finding.file, text, asked, code)]
        if statement:
            edits.append(add_import(finding.file, text, statement))
        return Fix(f"ask the object: `{code}`", Safety.SAFE, tuple(edits))
    return Fix(f"make an object: `{written}()`", Safety.SAFE, (replace_node(finding.file, text, asked, f"{written}()"),))


def _objects(facts: Facts, file: str, asked: ast.expr, home: str, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The module-level names, and factories without arguments, that give an object of the class: code, its import."""
    here = facts.syntax(file)
    at_once = here is not None and function_at(here, asked.lineno) is None
    for place in dict.fromkeys((home, file)):
        tree = facts.syntax(place)
        for statement in top_level(tree.body) if tree is not None else ():
            if place == file and at_once and statement.lineno >= asked.lineno:
                continue  # it is made later
            made = [name for name, value in assigned(statement) if _makes(facts, place, value, node)]
            if isinstance(statement, Function) and _returns(facts, place, statement, node):
                made.append(f"{statement.name}()")
            for code in made:
                name = code.partition("(")[0]
                known = named(facts, file, name)
                imported = place != file and (known is None or known.file != place)
                yield code, f"from {facts.module_of(place)} import {name}" if imported else ""


def _makes(facts: Facts, file: str, value: ast.AST, node: ast.ClassDef) -> bool:
    made = own_class(facts, file, value) if isinstance(value, ast.Call) else None
    return made is not None and made[1] is node


def _returns(facts: Facts, file: str, function: Function, node: ast.ClassDef) -> bool:
    """Whether a factory gives an object of the class and asks for nothing; caching it is all that decorates it."""
    told = function.args
    asks = told.args or told.posonlyargs or told.kwonlyargs or told.vararg or isinstance(function, ast.AsyncFunctionDef)
    given = [each.value for each in ast.walk(function) if isinstance(each, ast.Return)]
    decorators = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    plain = all(outside(facts, file, each).startswith("functools.") for each in decorators)
    return not asks and plain and bool(given) and all(each is not None and _makes(facts, file, each, node) for each in given)
