"""A file is written for a newer Python than the one that runs it

## What happens
The code uses a spelling that the interpreter does not know yet: a string inside the field of an f-string with
the f-string's own quotes (Python 3.12), several exceptions behind `except` without parentheses (3.14).

## Why the server cannot start
A module is compiled before its first line runs. The older interpreter raises SyntaxError.

## How to recognise it
The exception is a SyntaxError at a line of an own file which, with nothing but such spellings changed, lets the
whole file parse.

## How it is fixed
The same is written as older interpreters read it: with the other quotes, with parentheses.

## Fix safety
Safe: newer interpreters read both spellings alike. Where the file is meant for a newer Python altogether,
the interpreter should be that one: the report says which was used.

## References
PEP 701, "Syntactic formalization of f-strings"; PEP 758, "Allow except and except* expressions without
parentheses".
"""

import ast
from collections.abc import Iterable

from bootproof.edits.apply import apply
from bootproof.edits.errors import EditConflict
from bootproof.edits.making import edit
from bootproof.edits.source import decode, encode
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.imports._newer_syntax import respelled
from bootproof.rules.registry import finding

CODE = "BP208"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The own file that would parse if it were spelt for an older Python, at its first such line."""
    if facts.stands_in:  # the Python that the project names may read it
        return
    for failure in symptom.failures:
        file = failure.facts.get("filename")
        if not failure.is_a("SyntaxError") or not isinstance(file, str) or facts.text(file) is None:
            continue
        line = failure.facts.get("lineno")
        edits, since = _older(file, facts.text(file) or b"", line if isinstance(line, int) else 0)
        if not edits:
            continue
        yield finding(
            __name__,
            "syntax",
            file=file,
            line=line if isinstance(line, int) else 1,
            cause=f"`{file}` is written for Python {since} or newer",
            explanation="Spelt otherwise, with the same meaning, it parses here as well.",
            data={"edits": edits, "since": since},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Spells it as older interpreters read it."""
    edits = finding.data["edits"]
    assert isinstance(edits, tuple)
    return Fix(
        "spell it so that older interpreters read it too",
        Safety.SAFE,
        edits,
        rivals=(Rival(f"run it with Python {finding.data['since']}"),),
    )


def _older(file: str, text: bytes, line: int) -> tuple[tuple[Edit, ...], str]:
    """The edits after which the file parses, and the Python that needs none of them; none where none do."""
    lines = text.splitlines(keepends=True)
    edits: dict[int, tuple[Edit, ...]] = {}
    since = ""
    while 0 < line <= len(lines) and line not in edits:
        start = sum(map(len, lines[: line - 1]))
        written = decode(file, lines[line - 1], text)
        found = respelled(written)
        edits[line] = tuple(
            edit(
                file,
                text,
                start + len(encode(file, written[: each.start], text)),
                start + len(encode(file, written[: each.end], text)),
                each.new,
            )
            for each in found
        )
        if not edits[line]:
            break
        since = max([since, *(each.since for each in found)], key=lambda told: int(told.partition(".")[2] or 0))
        made = tuple(each for number in sorted(edits) for each in edits[number])
        try:
            ast.parse(apply(made, lambda _: text)[file] or b"")
        except EditConflict:
            break
        except SyntaxError as problem:
            line = problem.lineno or 0
            continue
        return made, since
    return (), ""
