"""A name is used at import time and nothing binds it

## What happens
The code uses a name, in an annotation, a base class or a call at module level, that the file neither
defines nor imports.

## Why the server cannot start
Python looks the name up while it runs the module, and raises `NameError`.

## How to recognise it
`NameError` with a name, raised by a file of the project that does not bind that name at its top level.

## How it is fixed
The import is added that other files of the project use for the same name; else the one of the standard
library or of the framework that has it; else of the one own module that defines it; else the module of that
name, where it has what is asked of it (`sqlmodel` in a generated migration). Where no import is known, the one
name of the module that resembles it is used.

## Fix safety
Safe where there is exactly one candidate. Unsafe where there are several; the others are named. A name that
resembles it is safe where what it stands for has what the code asks of it, and unsafe elsewhere.

## References
Python documentation, "Naming and binding", and "typing".
"""

import ast
import sys
from collections.abc import Iterable

from bootproof.edits.imports import add_import
from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import nearest
from bootproof.rules.imports._statements import bindings, defines, raised_at
from bootproof.rules.kinds import given_by, has_attribute
from bootproof.rules.registry import finding

CODE = "BP205"
_LOOKED_IN = (
    "typing",
    "collections.abc",
    "datetime",
    "uuid",
    "enum",
    "decimal",
    "pathlib",
    "dataclasses",
    "contextlib",
)
_FRAMEWORKS = ("fastapi", "pydantic", "sqlmodel", "sqlalchemy", "sqlalchemy.orm")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the name that was not bound."""
    for failure in symptom.failures:
        frames, name = raised_at(failure), failure.facts.get("name")
        if not failure.is_a("NameError") or failure.is_a("UnboundLocalError") or not isinstance(name, str):
            continue
        if not frames or not frames[-1].own:
            continue
        file, line = frames[-1].file, frames[-1].line
        tree = facts.syntax(file)
        if tree is None or name in bindings(tree)[0]:
            continue
        found = _imports(name, file, facts) or _as_module(name, tree, facts)
        near = nearest(name, bindings(tree)[0]) if not found else ""
        known = f"`{near}` resembles it." if near else "No import for it is known."
        yield finding(
            __name__,
            name,
            file=file,
            line=_first_use(tree, name) or line,
            cause=f"`{name}` is used, and nothing binds it",
            explanation=f"`{found[0]}` would." if found else known,
            data={"imports": tuple(found), "name": name, "near": near},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Adds the import, or uses the name that was meant."""
    found, text = finding.data["imports"], facts.text(finding.file)
    if finding.data["near"] and text is not None:
        return _renamed(finding.file, text, str(finding.data["name"]), str(finding.data["near"]), facts)
    if not isinstance(found, tuple) or not found or text is None:
        return None
    first, *others = found
    return Fix(
        f"add `{first}`",
        Safety.UNSAFE if others else Safety.SAFE,
        (add_import(finding.file, text, first),),
        loses=f"which `{finding.key}` is meant is a guess" if others else "",
        rivals=tuple(Rival(f"add `{each}`") for each in others),
    )


def _renamed(file: str, text: bytes, name: str, near: str, facts: Facts) -> Fix | None:
    """Every use of the name as the one that resembles it."""
    tree = facts.syntax(file)
    uses = [node for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Name) and node.id == name]
    asked = {node.attr for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Attribute) and node.value in uses}
    given = given_by(facts, file, ast.Name(near), {})
    fits = bool(asked) and given is not None and all(has_attribute(facts, given.type, each) for each in asked)
    return Fix(
        f"write `{near}`",
        Safety.SAFE if fits else Safety.UNSAFE,
        tuple(replace_node(file, text, each, near) for each in uses),
        loses="" if fits else f"that `{near}` is meant is a guess from its name",
    )


def _first_use(tree: ast.Module, name: str) -> int | None:
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    return min(lines, default=None)


def _imports(name: str, file: str, facts: Facts) -> list[str]:
    """The statements that would bind the name: as other files of the project do it, else by who has it."""
    used = _as_elsewhere(name, file, facts)
    if used:
        return used
    if name in sys.stdlib_module_names and name != "datetime":
        return [f"import {name}"]
    libraries = [
        f"from {each} import {name}" for each in _LOOKED_IN if facts.ask("has", module=each, name=name) is True
    ]
    if libraries:
        return libraries[:1] if libraries[0].startswith("from typing ") else libraries
    frameworks = [
        f"from {each} import {name}" for each in _FRAMEWORKS if facts.ask("has", module=each, name=name) is True
    ]
    own = [
        f"from {facts.module_of(other)} import {name}"
        for other in facts.files_with(name.encode())
        if other != file and (tree := facts.syntax(other)) is not None and defines(tree, name)
    ]
    return own or frameworks


def _as_module(name: str, tree: ast.Module, facts: Facts) -> list[str]:
    """`import name`, where the environment has a module of that name with everything that is asked of it."""
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }
    return [f"import {name}"] if asked and asked <= (facts.exports(name) or frozenset()) else []


def _as_elsewhere(name: str, file: str, facts: Facts) -> list[str]:
    """The import statements by which other own files bind the name, the most frequent first."""
    found: dict[str, int] = {}
    for other in facts.files_with(name.encode()):
        tree = facts.syntax(other)
        for node in tree.body if tree and other != file else ():
            if (
                isinstance(node, ast.ImportFrom)
                and not node.level
                and any(alias.name == name and alias.asname is None for alias in node.names)
            ):
                statement = f"from {node.module} import {name}"
                found[statement] = found.get(statement, 0) + 1
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        statement = f"import {alias.name}" + (f" as {name}" if alias.asname else "")
                        found[statement] = found.get(statement, 0) + 1
    return sorted(found, key=lambda each: (-found[each], each))
