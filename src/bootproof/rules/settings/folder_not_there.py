"""The folder is not there into which a file is to be written

## What happens
`FileNotFoundError` is raised where a log file is opened, by `logging.FileHandler` or a configuration that names
one; or where code writes a file itself.

## Why the server cannot start
Opening a file for writing makes the file, not its folder. Git keeps no empty folders, so that it is there for
one person and nowhere else.

## How to recognise it
logging, or own code, opened a file for writing, and the folder of its path is not in the project.

## How it is fixed
The folder is made before the statement that needs it.

## Fix safety
Safe: an empty folder, made where the file is to lie.

## References
https://docs.python.org/3/library/logging.handlers.html#filehandler
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_import, insert_statement_before
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword
from bootproof.rules.registry import finding
from bootproof.rules.settings._files import Absent, absent, call_with, folder_of, outside
from bootproof.rules.settings._unread import beside

CODE = "BP319"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The statement that writes into it."""
    for each in absent(symptom, facts):
        folder = folder_of(each.inside or each.name)
        if not each.writes or not folder or (each.inside and (facts.project.root / folder).is_dir()):
            continue
        yield finding(
            __name__,
            folder,
            file=each.frame.file,
            line=each.statement.lineno,
            end_line=each.statement.end_lineno,
            cause=f"`{each.inside or each.name}` is written at the start, and its folder is not there",
            data={"absent": each, "outside": outside(each)},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The folder, made before."""
    each = finding.data["absent"]
    if not isinstance(each, Absent) or not each.inside:
        return None
    file, text = each.frame.file, facts.text(each.frame.file) or b""
    code = f"{_folder(facts, each)}.mkdir(parents=True, exist_ok=True)"
    edits = (insert_statement_before(file, text, each.statement, code), add_import(file, text, "from pathlib import Path"))
    return Fix(f"make `{folder_of(each.inside)}` before it is written into", Safety.SAFE, edits)


def _folder(facts: Facts, each: Absent) -> str:
    """Code for the folder, told as the file is told."""
    if each.literal is not None:
        return f'Path("{folder_of(str(each.literal[1].value))}")'
    call = call_with(each.statement, "FileHandler")
    given = (keyword(call, "filename") or next(iter(call.args), None)) if call is not None else None
    if isinstance(given, ast.Name | ast.Attribute | ast.BinOp):
        start, end = facts.span(each.frame.file, given)
        return f"Path({(facts.text(each.frame.file) or b'')[start:end].decode()}).parent"
    return f"({beside(each.frame.file, folder_of(each.inside))})"
