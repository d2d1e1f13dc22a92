"""A template is not where the application looks for it

## What happens
`TemplateNotFound`: the page answers 500.

## Why the server cannot start
The server starts: a directory of templates is only looked into when a page is asked for. A relative directory
is looked for in the folder in which the server is started, which need not be that of the code.

## How to recognise it
jinja2 did not find a template that the project's own call names, and the directory that own code gives to
`Jinja2Templates`, or to a loader of jinja2's, does not hold it.

## How it is fixed
Where the directory stands beside the file that names it, or a directory of that name elsewhere in the project
holds the template, it is named relative to the file. Else a person writes the template.

## Fix safety
Safe beside the file: the same directory, from wherever the server is started. Unsafe elsewhere.

## References
https://www.starlette.io/templates/, https://jinja.palletsprojects.com/en/stable/api/#jinja2.FileSystemLoader
"""

import ast
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import add_import, replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword, outside, text_of
from bootproof.rules.registry import finding

CODE = "BP814"
LOADERS = frozenset({"Jinja2Templates", "FileSystemLoader"})


@dataclass(frozen=True)
class Looked:
    """A directory of templates as own code names it."""

    file: str
    named: ast.expr
    written: str

    def folder(self, directory: str) -> str:
        """It as a path of the project, where the server is started in `directory`."""
        return posixpath.normpath(posixpath.join(directory, self.written))


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The directory that does not hold the template."""
    directory = facts.project.target.directory if facts.project.target else "."
    for failure in symptom.failures:
        name, frame = failure.facts.get("name"), failure.own_frame
        if not failure.is_a("jinja2.exceptions.TemplateNotFound") or not isinstance(name, str):
            continue
        for each in _directories(facts):
            folder = each.folder(directory)
            if folder.startswith("..") or facts.text(f"{folder}/{name}") is not None:
                continue
            yield finding(
                __name__,
                f"{folder}/{name}",
                file=each.file,
                line=each.named.lineno,
                data={"looked": each, "name": name},
                cause=f"the template `{name}` is not in `{folder}`, where it is looked for",
                explanation=f"`{each.written}` is looked for in the folder in which the server is started.",
                related=(
                    Location(f"{folder}/{name}", note="looked for"),
                    *([Location(frame.file, frame.line, note="asked for here")] if frame else []),
                ),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The directory that holds it, named relative to the file."""
    each, name = finding.data["looked"], finding.data["name"]
    assert isinstance(each, Looked)
    base = posixpath.dirname(each.file)
    beside = posixpath.normpath(posixpath.join(base, each.written))
    held = [beside] if facts.text(f"{beside}/{name}") is not None else _elsewhere(facts, each, str(name))
    if len(held) != 1:
        return None
    way = posixpath.relpath(held[0], base or ".")
    up = way.count("../") + (way == "..")
    inside = way.removeprefix("../" * up).removeprefix("..")
    start = "Path(__file__).resolve()" + ".parent" * (up + 1)
    text = facts.text(each.file) or b""
    edits = (
        replace_node(each.file, text, each.named, f'{start} / "{inside}"' if inside else start),
        add_import(each.file, text, "from pathlib import Path"),
    )
    if held[0] == beside:
        return Fix(f"name `{each.written}` relative to this file", Safety.SAFE, edits)
    loses = f"nothing where `{held[0]}` is meant, which is the only directory that holds the template"
    return Fix(f"look in `{held[0]}`", Safety.UNSAFE, edits, loses=loses)


def _directories(facts: Facts) -> Iterator[Looked]:
    for file in facts.files_with(b"emplates") + facts.files_with(b"FileSystemLoader"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and outside(facts, file, node.func).rpartition(".")[2] in LOADERS:
                named = keyword(node, "directory") or keyword(node, "searchpath") or (node.args[0] if node.args else None)
                written = text_of(named)
                if named is not None and written and not written.startswith("/"):
                    yield Looked(file, named, written)


def _elsewhere(facts: Facts, each: Looked, name: str) -> list[str]:
    """Directories of the same name that hold the template."""
    last = f"{posixpath.basename(posixpath.normpath(each.written))}/{name}"
    return [file[: -len(name) - 1] for file in facts.files() if file == last or file.endswith(f"/{last}")]
