"""An imported module belongs to no declared distribution

## What happens
The project's own code imports a top-level module, and no distribution that the project declares provides
it.

## Why the server cannot start
The import raises `ModuleNotFoundError` while the application is loaded. A machine on which the distribution
happens to be installed hides the fault.

## How to recognise it
The exception's `name` is neither a module of the project nor one that a SQLAlchemy dialect asks for, and
the statement that raised stands in the project's own code; or the standard library imports it for a text of
the project that names something in it, as a logging configuration does.

## How it is fixed
The distribution whose own file list holds the module, and the names that are imported from it, is declared.

## Fix safety
Safe where exactly one distribution was verified, or the first one bears the module's name. Unsafe where
several provide the module: the others are named, and a person should look.

## References
Python documentation, "ModuleNotFoundError"; Core metadata specification, "Recording installed projects".
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.project import DependencyFile
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import (
    declaring,
    from_dialect,
    is_own,
    last_frame,
    missing_module,
    replacement,
    top,
)
from bootproof.rules.dependencies._own_modules import elsewhere, is_root, taken
from bootproof.rules.registry import finding

CODE = "BP101"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the module that was not found, where own code imports it, or a command that runs before the server."""
    yield from _command(symptom, facts)
    for failure in symptom.failures:
        name = missing_module(failure)
        frame = last_frame(failure)
        if name is None or frame is None or from_dialect(failure):
            continue
        if is_root(facts, top(name)) or is_own(facts, name) or (facts.providers(name) and name != top(name)):
            continue
        dropped = top(name) in sys.stdlib_module_names
        if frame.own:
            places = _importers(facts, top(name)) or [(frame.file, frame.line, taken(facts, frame, name))]
        else:
            places = list(_named(facts, top(name))) if top(frame.module) in sys.stdlib_module_names else []
        if not places:
            continue
        file, line, _ = places[0]
        names = frozenset().union(*(each[2] for each in places)) if name == top(name) else frozenset()
        if names and elsewhere(facts, name, names):
            continue
        yield finding(
            __name__,
            top(name),
            file=file,
            line=line,
            cause=f"`{file}` {'imports' if frame.own else 'names'} `{name}`, which "
            + ("this Python has dropped from its standard library" if dropped else "no declared distribution provides"),
            explanation="The import raises `ModuleNotFoundError` where only what is declared is installed.",
            related=(
                *(Location(other, at, note="imports it too") for other, at, _ in places[1:]),
                *(Location(each.path, note="declares nothing that provides it") for each in _declaring_files(facts)),
            ),
            data={"module": name, "names": tuple(sorted(names))},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares the distribution that, verified, provides the module."""
    module, names = str(finding.data["module"]), finding.data["names"]
    assert isinstance(names, tuple)
    offered = facts.offers(module, names)
    if not offered:
        return None
    chosen, *others = offered
    certain = not others or chosen == canonicalize_name(top(module))
    rivals = [Rival(f"declare `{each}`", "it provides the module too") for each in others]
    safety = Safety.SAFE if certain else Safety.UNSAFE
    loses = "" if certain else f"several distributions provide `{module}`: which one is meant was not decided"
    wrong = facts.declared(str(canonicalize_name(top(module))))
    if wrong is not None and wrong.name != chosen and not facts.providers(module):
        edit = replacement(facts, wrong, chosen)
        if edit is not None:
            title = f"declare `{chosen}` in place of `{wrong.name}`"
            return Fix(title, safety, (edit,), loses=loses, rivals=tuple(rivals), requires=(chosen,))
    return declaring(facts, chosen, safety=safety, rivals=rivals, loses=loses)


def _command(symptom: Symptom, facts: Facts) -> Iterator[Finding]:
    """The tool that a step before the server runs and that is not installed (`alembic upgrade head`)."""
    tool = symptom.command[0] if symptom.command else ""
    asked = [each for each in facts.project.prestart if each.argv == symptom.command]
    if not tool or not asked or facts.providers(tool):
        return
    for failure in symptom.chain:
        absent = failure.is_a("FileNotFoundError") and failure.facts.get("filename") == tool
        if not absent and (missing_module(failure) != tool or last_frame(failure) is not None):
            continue
        place = next((each for each in asked[0].evidence if each.file), None)
        yield finding(
            __name__,
            tool,
            file=place.file if place and place.file else ".",
            line=(place.line if place else None) or 1,
            cause=f"`{' '.join(symptom.command)}` is run before the server, and no declared distribution provides `{tool}`",
            explanation="Where only what is declared is installed, the command is not there.",
            data={"module": tool, "names": ()},
        )
        return


def _declaring_files(facts: Facts) -> list[DependencyFile]:
    file = facts.dependency_file()
    return [file] if file is not None else []


def _named(facts: Facts, module: str) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Where a text names something of a module that the standard library imports for it: a class of a logging configuration."""
    for file in facts.files_with(module.encode()):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(node, ast.Constant) and isinstance(text, str) and re.fullmatch(rf"{module}(?:\.\w+)+", text):
                yield file, node.lineno, frozenset()
    for file, line in facts.mentions(module):
        if re.search(r"\.(?:ini|conf|cfg|ya?ml|json|toml)$", file):
            yield file, line, frozenset()


def _importers(facts: Facts, module: str) -> list[tuple[str, int, frozenset[str]]]:
    """The own files that import a top-level module: the first line that does, the names taken from it."""
    found = []
    reachable = facts.reachable()
    for file in facts.files_with(module.encode()):
        tree = facts.syntax(file)
        if tree is None or (reachable and file not in reachable):
            continue
        lines, names = [], set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and any(top(alias.name) == module for alias in node.names):
                lines.append(node.lineno)
            elif isinstance(node, ast.ImportFrom) and not node.level and top(node.module or "") == module:
                lines.append(node.lineno)
                names |= {alias.name for alias in node.names if node.module == module and alias.name != "*"}
        if lines:
            found.append((file, min(lines), frozenset(names)))
    return sorted(found)
