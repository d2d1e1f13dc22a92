"""A file of the project does not parse

## What happens
Importing the application ends with a SyntaxError, an IndentationError or a TabError: one of the project's own
files is not Python for the interpreter that runs it.

## Why the server cannot start
A module is compiled before its first line runs. Nothing that imports it, directly or through others, can be
loaded either.

## How to recognise it
The exception is a SyntaxError, and the file that it names is one of the project's own. The line is the
exception's, which is where the parser gave up: the cause may stand just before it.

## How it is fixed
By a person: what was meant cannot be known. Where the file is written for a newer Python than the one that was
used, `--python` names the right one.

## Fix safety
There is no fix.

## References
https://docs.python.org/3/library/exceptions.html#SyntaxError
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding
from bootproof.model.symptom import Symptom
from bootproof.rules.registry import finding

CODE = "BP206"
YIELDS_TO = ("BP207", "BP208")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The file that does not parse, at the line where the parser gave up."""
    if facts.stands_in:  # the Python that the project names may read it
        return
    for failure in symptom.failures:
        file, line = failure.facts.get("filename"), failure.facts.get("lineno")
        if not failure.is_a("SyntaxError") or not isinstance(file, str) or facts.text(file) is None:
            continue
        told = failure.facts.get("msg")
        frame = failure.own_frame
        yield finding(
            __name__,
            "syntax",
            file=file,
            line=line if isinstance(line, int) else 1,
            cause=f"`{file}` does not parse: {told}" if isinstance(told, str) else f"`{file}` does not parse",
            explanation=f"`{frame.file}:{frame.line}` imports it." if frame is not None and frame.file != file else "",
        )
