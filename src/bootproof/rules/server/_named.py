"""Commands that are not run, and what they name: every file that may hold one is looked at."""

import ast
import re
from collections.abc import Iterator

from bootproof.edits.commands import Word
from bootproof.edits.source import line_of, line_starts
from bootproof.model.facts import Facts
from bootproof.model.project import Target

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian")
_COMMANDS = re.compile(
    r"(?:^|/)(?:(?:Procfile|Dockerfile|Containerfile)[\w.\-]*|[\w.\-]+\.(?:sh|dockerfile)"
    r"|(?:docker-)?compose[\w.\-]*\.ya?ml|render\.ya?ml|railway\.(?:json|toml)|fly\.toml)$"
)
_SPEC = re.compile(rb"(?<![\w./:@-])([A-Za-z_][\w.]*):([A-Za-z_]\w*)(?![\w:/.-])")
_PROGRAM = re.compile(rb"\b(?:" + b"|".join(each.encode() for each in SERVERS) + rb")\b")


def misnamed_elsewhere(facts: Facts, target: Target) -> Iterator[tuple[Word, str]]:
    """The `module:attribute` words that name nothing, and why, where the project has one application."""
    elsewhere = [each for each in facts.project.candidates if each.file != target.file]
    for word in _words(facts):
        module, _, attribute = word.text.partition(":")
        file = _anywhere(module, facts)
        if word.text == target.spec:
            continue
        if file is None and not elsewhere:
            yield word, f"the project has no module `{module}`"
        elif file is not None and file == target.file and not {attribute, "*"} & bound(file, facts):
            yield word, f"`{file}` binds no `{attribute}`"


def _words(facts: Facts) -> Iterator[Word]:
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
            yield Word(file, line_of(starts, found.start()), found.start(), found.end(), found[0].decode())


def _anywhere(module: str, facts: Facts) -> str | None:
    """The own file of a module, from wherever the command may run; None where no own file can be it."""
    tail = module.replace(".", "/")
    known = facts.file_of(module)
    if known is not None:
        return known
    ends = (f"{tail}.py", f"{tail}/__init__.py")
    found = (
        each for each in facts.python_files() if each in ends or each.endswith(tuple(f"/{end}" for end in ends))
    )
    return next(found, None)


def bound(file: str, facts: Facts) -> frozenset[str]:
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
