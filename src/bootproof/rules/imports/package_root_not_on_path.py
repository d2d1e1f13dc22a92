"""The folder that holds the project's own package is not on the import path

## What happens
The code imports its own package by a name that starts above, or beside, the folder from which the server or
the migration command is started; or a relative import climbs above the first package.

## Why the server cannot start
Python looks for modules in the folders of `sys.path` only. The package is there on disk, and not there for
the import: `ModuleNotFoundError`, or `ImportError` for a relative import without a parent.

## How to recognise it
The missing name is a folder or module of the project that stands in none of the folders that the start puts
on the path; or the statement that raised is a relative import that climbs too far.

## How it is fixed
For Alembic `prepend_sys_path` in its ini file is set. A relative import that climbs too far is written
absolutely, where that names a module of the project. For the server the start command changes: a script is
run as a module (`python -m`), a server is told the folder. Where the command's words stand in no file, it is said.

## Fix safety
Safe for Alembic, for relative imports and for a script that is run as a module. Unsafe where the application's
module gets another name. A placeholder for a start command that no file says.

## References
Alembic documentation, "Tutorial", section "Editing the .ini File"; Python documentation, "sys.path", and
"Package Relative Imports" (PEP 328).
"""

import ast
import posixpath
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.imports._alembic import option_line, prepended
from bootproof.rules.imports._folders import parents_of, reached
from bootproof.rules.imports._starting import from_folder, script
from bootproof.rules.imports._statements import raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP204"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the own package that the path does not reach, or for the import that climbs too far."""
    for failure in symptom.failures:
        frames = raised_at(failure)
        if not frames or not frames[-1].own:
            continue
        found = list(_absolute(failure, frames[-1], symptom, facts)) or list(_relative(failure, frames[-1], facts))
        if found:
            yield from found
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Sets Alembic's path, or writes the relative import absolutely; a start command is only named."""
    text = facts.text(finding.file)
    if "ini" in finding.data and text is not None:
        made = prepended(finding.file, text, str(finding.data["folder"]))
        return Fix(f"set `prepend_sys_path` in `{finding.file}`", Safety.SAFE, (made,)) if made else None
    if "absolute" in finding.data and text is not None:
        node = finding.data["node"]
        assert isinstance(node, ast.ImportFrom)
        new = _written(node, str(finding.data["absolute"]), facts)
        if new is None:
            return None
        start, end = facts.span(finding.file, node)
        return Fix(f"write `{new}`", Safety.SAFE, (edit(finding.file, text, start, end, new),))
    if "start" in finding.data:
        told = Fix(str(finding.data["start"]), Safety.PLACEHOLDER)
        return (from_folder(facts, str(finding.data["parent"])) if "parent" in finding.data else None) or told
    return None


def _absolute(failure: Failure, frame: Frame, symptom: Symptom, facts: Facts) -> Iterator[Finding]:
    name = failure.facts.get("name")
    if not failure.is_a("ModuleNotFoundError") or not isinstance(name, str):
        return
    first = name.partition(".")[0]
    parents = parents_of(first, facts, frame.file)
    if not parents:
        return
    parent = parents[0]
    where = Location(frame.file, frame.line, note=f"imports `{name}`")
    migrations = facts.project.migrations
    if (
        symptom.stage is Stage.PRESTART
        and migrations
        and any(each.module.startswith("alembic") for each in failure.frames)
    ):
        ini = migrations[0].ini
        folder = posixpath.relpath(parent, posixpath.dirname(ini) or ".")
        yield finding(
            __name__,
            first,
            file=ini,
            line=option_line(facts.text(ini) or b""),
            cause=f"`{frame.file}` imports `{name}`, and Alembic does not look for it in `{parent}`",
            explanation="The `alembic` command does not put the working directory on the path by itself.",
            related=(where,),
            data={"ini": ini, "folder": folder},
        )
        return
    target = facts.project.target
    if target is None or first in {each.partition(".")[0] for each in reached(facts)}:
        return
    ran = script(facts)
    evidence = next((each for each in target.evidence if each.file and each.line), None)
    module = posixpath.relpath(posixpath.splitext(target.file)[0], parent).replace("/", ".").removesuffix(".__init__")
    command = (
        f"start `{module}:{target.attribute}` from `{parent}`"
        if parent != "."
        else f"start `{module}:{target.attribute}` from the project's root"
    )
    yield finding(
        __name__,
        first,
        file=frame.file,
        line=frame.line,
        cause=f"`{frame.file}` imports `{name}`, and the start does not look for it in `{parent}`",
        explanation=f"`{ran}` is run as a script, and Python looks for modules in the script's own folder."
        if ran
        else f"The server is started from `{target.directory}` as `{target.spec}`.",
        related=(Location(str(evidence.file), evidence.line or 1, note="says how it is started"),) if evidence else (),
        data={"start": command, "parent": parent},
    )


def _relative(failure: Failure, frame: Frame, facts: Facts) -> Iterator[Finding]:
    node = statement_at(facts, frame.file, frame.line)
    if not failure.is_a("ImportError") or not isinstance(node, ast.ImportFrom) or not node.level:
        return
    module = facts.module_of(frame.file)
    depth = len(module.split(".")) - (0 if frame.file.endswith("/__init__.py") else 1)
    if node.level <= depth:
        return  # it stays inside: another fault
    # the folder that the dots mean on disk
    folder = posixpath.dirname(frame.file)
    for _ in range(node.level - 1):
        folder = posixpath.dirname(folder)
    file = posixpath.join(folder, *(node.module or "").split(".")).rstrip("/")
    found = next((each for each in (f"{file}.py", f"{file}/__init__.py") if facts.text(each) is not None), None)
    absolute = facts.module_of(found) if found else ""
    known = bool(found and facts.file_of(absolute) == found) or (not node.module)
    written = f"{'.' * node.level}{node.module or ''}"
    yield finding(
        __name__,
        written,
        file=frame.file,
        line=node.lineno,
        end_line=node.end_lineno,
        cause=f"`{written}` climbs above the first package: the start loads this file as `{module}`",
        explanation="A relative import starts from the name under which its file was loaded, not its folder.",
        data={"node": node, "absolute": absolute}
        if known
        else {"node": node, "start": "start it from the folder above the package"},
    )


def _written(node: ast.ImportFrom, absolute: str, facts: Facts) -> str | None:
    if absolute:
        names = ", ".join(each.name if each.asname is None else f"{each.name} as {each.asname}" for each in node.names)
        return f"from {absolute} import {names}"
    if all(facts.file_of(each.name) for each in node.names):  # `from . import deps`
        return "import " + ", ".join(
            each.name if each.asname is None else f"{each.name} as {each.asname}" for each in node.names
        )
    return None
