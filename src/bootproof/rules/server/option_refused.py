"""The server refuses an option of its start command

## What happens
The server ends before it imports anything: a port that is no number (an unset `$PORT`, or one that no shell
fills in), a file that is not there (`--log-config`, `--env-file`, `--ssl-keyfile`, `-c`), an option that it
does not know.

## Why the server cannot start
The command line is read first. What it does not accept ends the process.

## How to recognise it
The command was run, the process ended before any code of the project, and the command line's own reader named
the option; or an option names a file that the project does not have.

## How it is fixed
A port without a value becomes `${PORT:-8000}`; where no shell reads the command, one is called for that. A file
that stands elsewhere in the project under the same name is named there. An unknown option that is near to a
known one is written as that one.

## Fix safety
Safe for ports and files that are there. Unsafe where an option is left out because its file is nowhere, or
where it was guessed which option is meant. Options for TLS are never left out.

## References
https://www.uvicorn.org/settings/, https://docs.docker.com/reference/dockerfile/#variable-substitution
"""

import difflib
import posixpath
import re
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.project import StartCommand
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.registry import finding
from bootproof.rules.server._command import before_own_code, place
from bootproof.rules.server._option import Option, file_named, left_out, options, respelled, with_port

CODE = "BP706"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The option that ended the start."""
    start = facts.project.start
    if start is None or symptom.stage is not Stage.IMPORT or not before_own_code(symptom):
        return
    given = options(start)
    refused = _refused(symptom, given)
    if refused is None and any(failure.is_a("SystemExit", "FileNotFoundError", "ValueError") for failure in symptom.chain):
        refused = next((each for each in given if _missing_file(facts, start, each)), None)
    if refused is None:
        return
    file, line = place(facts, start, refused.name) if refused.words else place(facts, start)
    yield finding(
        __name__,
        refused.name,
        file=file,
        line=line,
        data={"option": refused, "near": _near(symptom, refused)},
        cause=f"`{start.program}` refuses {_why(facts, start, refused)}",
        explanation="The command line is read before anything of the project is imported.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The option as the server takes it."""
    start, option, near = facts.project.start, finding.data["option"], finding.data["near"]
    assert start is not None and isinstance(option, Option)
    if near:
        edit = respelled(facts, start, option, str(near))
        loses = f"that `{near}` was meant is a guess"
        return Fix(f"write `{near}`", Safety.UNSAFE, (edit,), loses=loses) if edit is not None else None
    if option.name in ("--port", "-p") and re.fullmatch(r"(?:\$\{?\w+\}?)?", option.value):
        edits = with_port(facts, start, option)
        return Fix("take the port from `PORT`, 8000 without it", Safety.SAFE, edits) if edits else None
    if not _missing_file(facts, start, option):
        return None
    found = file_named(facts, posixpath.basename(option.value))
    if found is not None:
        written = posixpath.relpath(found, start.directory)
        edit = respelled(facts, start, option, option.name, written)
        return Fix(f"name `{written}`", Safety.SAFE, (edit,)) if edit is not None else None
    if re.search(r"ssl|cert|key", option.name):
        return None
    edit = left_out(facts, start, option)
    loses = f"what `{option.value}` was to say: put the file there to keep it"
    return Fix(f"leave `{option.name}` out", Safety.UNSAFE, (edit,), loses=loses) if edit is not None else None


def _refused(symptom: Symptom, given: tuple[Option, ...]) -> Option | None:
    for failure in symptom.chain:
        names = failure.facts.get("param") or [failure.facts.get("option_name")]
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str) and name.startswith("-"):
                return next((each for each in given if each.name == name), Option(name, "", ()))
    return None


def _near(symptom: Symptom, option: Option) -> str:
    """The known option that an unknown one is nearest to, "" where it is known."""
    for failure in symptom.chain:
        known = failure.facts.get("possibilities")
        if failure.facts.get("option_name") == option.name and isinstance(known, list):
            return next(iter(difflib.get_close_matches(option.name, map(str, known), 1)), "")
    return ""


def _why(facts: Facts, start: StartCommand, option: Option) -> str:
    if _missing_file(facts, start, option):
        return f"`{option.name} {option.value}`: there is no such file"
    return f"`{option.name}` with the value `{option.value}`" if option.value else f"`{option.name}` without a value"


def _missing_file(facts: Facts, start: StartCommand, option: Option) -> bool:
    """Whether an option names a file, and the project has none there."""
    if not re.search(r"\.(?:ini|conf|cfg|json|ya?ml|toml|pem|crt|key|cert|py)$|(?:^|/)\.env", option.value):
        return False
    if not re.search(r"file|config|ca-certs|^-c$", option.name):
        return False
    return facts.text(posixpath.normpath(posixpath.join(start.directory, option.value))) is None
