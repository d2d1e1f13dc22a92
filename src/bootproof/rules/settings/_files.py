"""Files that the project opens by a path and that are not there: which, where the path is written."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.project.layout import join
from bootproof.rules.origins import origins
from bootproof.rules.reading import keyword, own_frames, statement_at, text_of

_WRITES = re.compile(r"[wax]")


@dataclass(frozen=True)
class Absent:
    """A path that the start opened in vain. `inside` is it from the project's root, "" where it lies outside.

    `literal` is the text that the path is written as, with its file; `writes`: it was to be made.
    """

    name: str
    inside: str
    frame: Frame
    statement: ast.stmt
    writes: bool
    literal: tuple[str, ast.Constant] | None = None


def absent(symptom: Symptom, facts: Facts) -> Iterator[Absent]:
    """The files that own code, or logging on its behalf, opened in vain."""
    failures = symptom.chain or symptom.failures  # what the project caught and logged counts where nothing else failed
    for failure in failures:
        inside = str(failure.facts.get("inside", ""))
        name = str(failure.facts.get("filename") or inside)
        if not failure.is_a("FileNotFoundError") or not name or not _of_library(failure):
            continue
        # logging tells of it in an error of its own: the own frame is then in that one
        frame = next((one for each in (failure, *failures) for one in own_frames(each)), None)
        tree = facts.syntax(frame.file) if frame is not None else None
        statement = statement_at(tree, frame.line) if tree is not None and frame is not None else None
        if frame is None or statement is None or (Path(name).is_absolute() and Path(name).exists()):
            continue  # it is there, and only a rehearsal does not see it
        logs = any(each.module == "logging" for each in failure.frames)
        writes = logs or any(_writes(each) for each in ast.walk(statement) if isinstance(each, ast.Call))
        yield Absent(name, inside, frame, statement, writes, _literal(facts, frame, statement, inside))
        return


def outside(each: Absent) -> str:
    """Why nothing is claimed of a file that lies outside the project; "" where it lies inside."""
    return "" if each.inside else f"`{each.name}` lies outside the project, and a deployment may bring it"


def _of_library(failure: Failure) -> bool:
    """Whether own code or the standard library opened it: of what a library opens, that library knows more."""
    last = failure.frames[-1] if failure.frames else None
    return last is not None and (last.own or last.module.partition(".")[0] in ("logging", "pathlib", "io", "codecs", "gzip"))


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("write_text", "write_bytes", "touch"):
        return True
    mode = keyword(call, "mode") or next(iter(call.args[1 if isinstance(call.func, ast.Name) else 0 :]), None)
    return name == "open" and bool(_WRITES.match(text_of(mode) or ""))


def _literal(facts: Facts, frame: Frame, statement: ast.stmt, inside: str) -> tuple[str, ast.Constant] | None:
    """The text in the statement, behind a name in it, or in a configuration, that is the path from the working directory."""
    here = (
        (each.file, each.node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute)
        for each in origins(facts, frame.file, node)
    )
    files = facts.files_with(PurePosixPath(inside).name.encode()) if inside else ()
    trees = ((each, facts.syntax(each)) for each in files if each in facts.reachable())
    everywhere = ((file, node) for file, tree in trees for node in (ast.walk(tree) if tree is not None else ()))
    directory = facts.project.target.directory if facts.project.target else "."
    for file, node in (*here, *everywhere):
        text = text_of(node)
        if isinstance(node, ast.Constant) and text and not text.startswith("/") and join(directory, text) == inside:
            return file, node
    return None


def folder_of(place: str) -> str:
    """The folder that holds a file, "" for the root."""
    parent = str(PurePosixPath(place).parent)
    return "" if parent == "." else parent


def call_with(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call of that name on a statement, None where there is none."""
    for each in ast.walk(statement):
        if isinstance(each, ast.Call):
            called = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            if called.endswith(name):
                return each
    return None
