"""A directory of static files does not exist

## What happens
`StaticFiles(directory=…)` raises `RuntimeError` while the application is made.

## Why the server cannot start
Starlette looks for the directory when the object is made, relative to the working directory. Git keeps no
empty directories, so that it is there for one person and nowhere else; or the server is started from
another directory.

## How to recognise it
The error was raised in Starlette's static files, and the directory that the project's own call names is not
in the tree.

## How it is fixed
Where the directory stands beside the file that names it, the call gets its place relative to that file.
Else the directory is made, with a `.gitkeep` in it, so that git keeps it.

## Fix safety
Safe: an empty directory answers 404, as one without the file asked for does.

## References
https://www.starlette.io/staticfiles/
"""

import ast
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from bootproof.edits.python import add_import, replace_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import covers, keyword, meaning, own_frames, text_of
from bootproof.rules.registry import finding

CODE = "BP402"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that names the directory."""
    for failure in symptom.failures:
        if (
            not failure.is_a("RuntimeError")
            or not failure.frames
            or failure.frames[-1].module != "starlette.staticfiles"
        ):
            continue
        for frame in own_frames(failure):
            call = _call(facts, frame.file, frame.line)
            if call is None:
                continue
            named = keyword(call, "directory") or (call.args[0] if call.args else None)
            folder = _folder(facts, named, failure)
            if named is None or folder is None:
                continue
            yield finding(
                __name__,
                folder,
                file=frame.file,
                line=call.lineno,
                cause=f"the directory `{folder}` does not exist, and `StaticFiles` looks for it at once",
                explanation="Git keeps no empty directories.",
                data={"folder": folder, "named": named},
            )
            return


def _call(facts: Facts, file: str, line: int) -> ast.Call | None:
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and covers(node, line):
            found = meaning(facts, file, node.func)
            if found is not None and found.last.endswith("StaticFiles"):
                return node
    return None


def _folder(facts: Facts, named: ast.expr | None, failure: Failure) -> str | None:
    """The directory relative to the project's root, None where it lies outside."""
    written = text_of(named)
    directory = facts.project.target.directory if facts.project.target else "."
    if written is None:
        # a computed path: no attribute carries it, so the quoted one is taken; it must end as the code writes it
        quoted = re.search(r"'([^']+)'", failure.message)
        words = [text_of(each) for each in ast.walk(named) if text_of(each)] if named is not None else []
        if quoted is None or (words and not quoted[1].rstrip("/").endswith(str(words[-1]).strip("/"))):
            return None
        written = quoted[1]
    root = facts.project.root.as_posix()
    if written.startswith(root + "/"):
        path = PurePosixPath(written[len(root) + 1 :])
    elif written.startswith("/"):
        return None
    else:
        path = PurePosixPath(directory) / written
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The directory where it stands, or an empty one."""
    folder, named = str(finding.data["folder"]), finding.data["named"]
    written = text_of(named) if isinstance(named, ast.expr) else None
    beside = (PurePosixPath(finding.file).parent / written) if written else None
    text = facts.text(finding.file) or b""
    if isinstance(named, ast.expr) and beside is not None and (facts.project.root / beside).is_dir():
        edits = (
            replace_node(finding.file, text, named, f'Path(__file__).resolve().parent / "{written}"'),
            add_import(finding.file, text, "from pathlib import Path"),
        )
        return Fix(f"name `{written}` relative to this file", Safety.SAFE, edits)
    return Fix(f"make `{folder}`", Safety.SAFE, (Edit(f"{folder}/.gitkeep", 0, 0, "", "", creates=True),))
