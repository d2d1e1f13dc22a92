"""A source file is not written in the encoding that Python reads it in

## What happens
A file of the project was saved as UTF-16 or in a code page (a redirection of PowerShell does the one, an old
editor the other), and nothing in it says so.

## Why the server cannot start
Python reads source as UTF-8 where no comment in the first two lines names another encoding. UTF-16 has null
bytes, which no source may hold; a letter of a code page is no UTF-8. The file is not compiled.

## How to recognise it
Importing the application ends with a SyntaxError, and an own file that is imported there cannot be decoded
as its own first lines say, or holds null bytes. The text parses once it is read in the other encoding.

## How it is fixed
The file is written in UTF-8.

## Fix safety
Safe for UTF-16, which the bytes tell. Unsafe for a code page: which one it was is concluded, and a letter may be
another one.

## References
PEP 263, "Defining Python Source Code Encodings"; PEP 3120, "Using UTF-8 as the default source encoding".
"""

import ast
import codecs
from collections.abc import Iterable

from bootproof.edits.source import decode, encoding_of
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.imports._statements import module_named, statement_at
from bootproof.rules.registry import finding

CODE = "BP207"
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The own file that is not what Python reads, at the first line that shows it."""
    for failure in symptom.failures:
        if not failure.is_a("SyntaxError", "UnicodeDecodeError") and type_of(failure) != "ValueError":
            continue
        for file in _compiled(failure, facts):
            text = facts.text(file) or b""
            if not unreadable(file, text):
                continue
            encoding = _written_in(text)
            yield finding(
                __name__,
                "encoding",
                file=file,
                line=_line(file, text),
                cause=f"`{file}` is not written in {encoding_of(file, text).upper()}, in which Python reads it",
                explanation=f"Read as {encoding.upper()} it parses." if encoding else "In which encoding it is, is not known.",
                data={"encoding": encoding},
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Writes the file in UTF-8."""
    encoding, text = str(finding.data["encoding"]), facts.text(finding.file)
    if text is None or not encoding or encoding_of(finding.file, text) != "utf-8":
        return None  # a comment names an encoding: which of the two is wrong is for a person
    new = text.decode(encoding).removeprefix("\ufeff")
    certain = encoding.startswith("utf-16")
    return Fix(
        f"write `{finding.file}` in UTF-8",
        Safety.SAFE if certain else Safety.UNSAFE,
        (Edit(finding.file, 0, len(text), decode(finding.file, text), new),),
        loses="" if certain else f"that it was written in {encoding} is concluded: look at the letters beyond ASCII",
    )


def unreadable(file: str, text: bytes) -> bool:
    """Whether Python cannot decode the file, or may not compile what it decodes."""
    try:
        text.decode(encoding_of(file, text))
    except (UnicodeDecodeError, LookupError):
        return True
    return b"\0" in text


def type_of(failure: Failure) -> str:
    """The last part of the exception's own type: older interpreters raise a plain ValueError for null bytes."""
    return failure.type.rpartition(".")[2]


def _compiled(failure: Failure, facts: Facts) -> list[str]:
    """The own files that may be the one that was compiled: as told, else as imported there, else the target."""
    told = failure.facts.get("filename")
    if isinstance(told, str) and facts.text(told) is not None:
        return [told]
    frame = failure.own_frame
    if frame is None:
        return [facts.project.target.file] if facts.project.target else []
    node = statement_at(facts, frame.file, frame.line)
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        module = module_named(facts, frame.file, node) or ""
        names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
    else:
        return []
    parents = [name.rsplit(".", depth)[0] for name in names for depth in range(name.count(".") + 1)]
    return list(dict.fromkeys(file for name in (*names, *parents) if (file := facts.file_of(name))))


def _written_in(text: bytes) -> str:
    """The encoding in which the text is Python, "" where none was found."""
    tried = ["utf-16"] if text.startswith(_MARKS) else ["utf-16-le", "utf-16-be"] if b"\0" in text else ["cp1252", "latin-1"]
    for encoding in tried:
        try:
            ast.parse(text.decode(encoding).removeprefix("\ufeff"))
        except (UnicodeDecodeError, SyntaxError, ValueError):
            continue
        return encoding
    return ""


def _line(file: str, text: bytes) -> int:
    if b"\0" in text:
        return 1
    try:
        text.decode(encoding_of(file, text))
    except UnicodeDecodeError as problem:
        return text.count(b"\n", 0, problem.start) + 1
    except LookupError:
        return 1
    return 1
