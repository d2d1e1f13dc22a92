"""A start command names an application that is not there

## What happens
`uvicorn main:app` ends at once: there is no such module, or the module has no such attribute.

## Why the server cannot start
The command in the Procfile, Dockerfile, compose file or script says which module to import and which
attribute of it is the application. Here the application stands somewhere else, or has another name.

## How to recognise it
A start command names `module:attribute`, no own file is that module or the module binds no such name, and
the project has exactly one application. bootproof boots that application, so the command itself is never
run: the finding is advice.

## How it is fixed
The command names the application that is there.

## Fix safety
Safe: the command that stands there cannot start anything.

## References
https://www.uvicorn.org/#usage
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.source import line_of, line_starts
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.words import Safety
from bootproof.rules.registry import finding

CODE = "BP701"
SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian")
_COMMANDS = re.compile(
    r"(?:^|/)(?:(?:Procfile|Dockerfile|Containerfile)[\w.\-]*|[\w.\-]+\.(?:sh|dockerfile)"
    r"|(?:docker-)?compose[\w.\-]*\.ya?ml|render\.ya?ml|railway\.(?:json|toml)|fly\.toml)$"
)
_SPEC = re.compile(rb"(?<![\w./:@-])([A-Za-z_][\w.]*):([A-Za-z_]\w*)(?![\w:/.-])")
_PROGRAM = re.compile(rb"\b(?:" + b"|".join(each.encode() for each in SERVERS) + rb")\b")


@dataclass(frozen=True)
class Named:
    """One `module:attribute` of a start command; `start` and `end` are bytes of the file."""

    file: str
    line: int
    start: int
    end: int
    module: str
    attribute: str


def scan(facts: Facts) -> Iterable[Finding]:
    """The start commands that name no application, where the project has one."""
    target = facts.project.target
    if target is None or target.interface != "asgi" or target.call:
        return
    elsewhere = [each for each in facts.project.candidates if each.file != target.file]
    for named in _commands(facts):
        file = _module_file(named.module, facts)
        if file is None and not elsewhere:
            why = f"the project has no module `{named.module}`"
        elif file is not None and file == target.file and not {named.attribute, "*"} & _bound(file, facts):
            why = f"`{file}` binds no `{named.attribute}`"
        else:
            continue
        if (named.module, named.attribute) == (target.module, target.attribute):
            continue
        yield finding(
            __name__,
            f"{named.module}:{named.attribute}",
            file=named.file,
            line=named.line,
            data={"named": named},
            advice_only=True,
            cause=f"the command starts `{named.module}:{named.attribute}`, but {why}",
            explanation=f"The application is `{target.spec}`, which is what was booted instead.",
            related=(Location(target.file, note=f"`{target.attribute}` is the application"),),
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The command with the application that is there."""
    named, target = finding.data["named"], facts.project.target
    assert isinstance(named, Named) and target is not None
    module = named.module if _module_file(named.module, facts) == target.file else target.module
    new = f"{module}:{target.attribute}"
    text = facts.text(named.file) or b""
    return Fix(f"start `{new}`", Safety.SAFE, (edit(named.file, text, named.start, named.end, new),))


def _commands(facts: Facts) -> Iterator[Named]:
    lines = {place for program in SERVERS for place in facts.mentions(program)}
    for file, line in sorted(lines):
        if not _COMMANDS.search(file):
            continue
        text = facts.text(file) or b""
        starts = line_starts(text)
        begin = starts[line - 1]
        end = starts[line] if line < len(starts) else len(text)
        program = _PROGRAM.search(text, begin, end)
        if program is None or text[begin:end].lstrip().startswith(b"#"):
            continue
        found = _SPEC.search(text, program.end(), end)
        if found is not None:
            module, attribute = found[1].decode(), found[2].decode()
            place = line_of(starts, found.start())
            yield Named(file, place, found.start(), found.end(), module, attribute)


def _module_file(module: str, facts: Facts) -> str | None:
    """The own file of a module, from wherever the command may run; None where no own file can be it."""
    tail = module.replace(".", "/")
    known = facts.file_of(module)
    if known is not None:
        return known
    ends = (f"{tail}.py", f"{tail}/__init__.py")
    found = [
        each
        for each in facts.python_files()
        if each in ends or each.endswith(tuple(f"/{end}" for end in ends))
    ]
    return found[0] if found else None


def _bound(file: str, facts: Facts) -> frozenset[str]:
    """Every name that a file binds anywhere: one that is bound in a branch is not called missing."""
    tree = facts.syntax(file)
    names: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return frozenset(names)
