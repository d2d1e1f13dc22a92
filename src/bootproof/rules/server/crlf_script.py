"""A script that an image starts has Windows line endings

## What happens
The container ends at once: "exec ./entrypoint.sh: no such file or directory", though the file is there. With a
shell before it, commands end in an invisible carriage return: "uvicorn: command not found", an option `8000\\r`.

## Why the server cannot start
The kernel takes the first line for the interpreter's name, carriage return included, and there is no
`/bin/sh\\r`.

## How to recognise it
A script with `\\r\\n` behind its `#!` line is named in a Dockerfile or a compose file, and neither converts it
(`dos2unix`, `sed`) nor does `.gitattributes` ask for `eol=lf`. Images are not built in a rehearsal, so this is
advice.

## How it is fixed
The script gets line endings of one `\\n`. A line `*.sh text eol=lf` in `.gitattributes` keeps them.

## Fix safety
Safe: a shell reads a carriage return as part of a word, never as a line's end.

## References
execve(2), section "Interpreter scripts"; https://git-scm.com/docs/gitattributes#_eol
"""

import re
from collections.abc import Iterable

from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.words import Safety
from bootproof.rules.registry import finding

CODE = "BP791"
_IMAGE = re.compile(r"(?:^|/)(?:[\w.-]*(?:Docker|Container)file[\w.-]*|(?:docker-)?compose[\w.-]*\.ya?ml)$")
_CONVERTS = re.compile(rb"dos2unix|sed\b[^\n]*\\r|tr\s+-d\s+['\"]?\\r")


def scan(facts: Facts) -> Iterable[Finding]:
    """The scripts of images that no system can run."""
    attributes = facts.text(".gitattributes") or b""
    if b"eol=lf" in attributes:
        return
    for file in facts.files():
        text = facts.text(file) if file.endswith((".sh", ".bash")) else None
        if text is None or not re.match(rb"#![^\n]*\r\n", text):
            continue
        named = [place for place in facts.mentions(file.rpartition("/")[2]) if _IMAGE.search(place[0])]
        if not named or any(_CONVERTS.search(facts.text(place[0]) or b"") for place in named):
            continue
        yield finding(
            __name__,
            "crlf",
            file=file,
            line=1,
            advice_only=True,
            cause=f"`{file}` has Windows line endings, and an image runs it",
            explanation="The kernel looks for an interpreter whose name ends in a carriage return.",
            related=tuple(Location(place[0], place[1], note="runs it") for place in named[:3]),
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The script with the line endings that a shell reads."""
    text = facts.text(finding.file) or b""
    edits = tuple(Edit(finding.file, each.start(), each.end(), "\r\n", "\n") for each in re.finditer(rb"\r\n", text))
    return Fix("use line endings of one `\\n`", Safety.SAFE, edits) if edits else None
