"""The start command runs a server that is not declared

## What happens
The command runs `uvicorn`, `gunicorn` or `fastapi run`, and no declared distribution brings that program, or
the part of it that is asked for.

## Why the server cannot start
Where only what is declared is installed, there is no such program: "command not found", "No module named
uvicorn". FastAPI does not bring a server by itself, nor its command line.

## How to recognise it
The command was run: no distribution of the environment has a console script of that name, or Python found no
module of that name to run; or the program's own library ended it and names one of its extras, which is not
installed.

## How it is fixed
The distribution is declared, or the extra that the library names.

## Fix safety
Safe: the name comes from the command and was verified to provide the module, or from the library's metadata.

## References
https://fastapi.tiangolo.com/deployment/manually/, Core metadata specification, "Provides-Extra"
"""

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import declaring, home, optionals, place, replacement
from bootproof.rules.registry import finding
from bootproof.rules.server._command import before_own_code
from bootproof.rules.server._command import place as place_of

CODE = "BP709"
YIELDS_TO = ("BP101", "BP104")
_EXTRA = re.compile(r"([A-Za-z][\w.-]*)\[([\w.-]+)\]")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The program, or the extra of its library, that is not there."""
    start = facts.project.start
    if start is None or not before_own_code(symptom):
        return
    for failure in symptom.chain:
        requirement = start.program if _not_there(failure, start.program, facts) else _extra(failure, facts)
        if not requirement:
            continue
        file, line = place(facts, requirement.partition("[")[0])
        said, at = place_of(facts, start)
        yield finding(
            __name__,
            requirement,
            file=file,
            line=line if file == home(facts) else 1,
            data={"requirement": requirement},
            cause=f"the start command runs `{start.program}`, which needs `{requirement}`, and that is not declared",
            explanation=f"`{' '.join(start.argv[:4])}` finds only what is installed, and only what is declared is.",
            related=(Location(said, at, note="runs it"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares what brings the program."""
    requirement = str(finding.data["requirement"])
    name, _, extra = requirement.partition("[")
    declared = facts.declared(name)
    if extra and declared is not None:
        new = re.sub(r"^([\w.-]+)(?:\[([^\]]*)\])?", lambda got: _with(got[1], got[2], extra.rstrip("]")), declared.text)
        made = replacement(facts, declared, new)
        return Fix(f"declare `{new}`", Safety.SAFE, (made,), requires=(new,)) if made is not None else None
    if extra:
        return declaring(facts, requirement)
    offered = facts.offers(name)
    return declaring(facts, offered[0]) if offered else None


def _with(name: str, extras: str | None, extra: str) -> str:
    return f"{name}[{','.join(filter(None, (extras, extra)))}]"


def _not_there(failure: Failure, program: str, facts: Facts) -> bool:
    """Whether neither a console script nor a module of this name was found."""
    if program == "python" or facts.providers(program):
        return False
    last = failure.frames[-1] if failure.frames else None
    if failure.is_a("FileNotFoundError"):
        return failure.facts.get("filename") == program
    return failure.is_a("ImportError") and last is not None and last.module == "runpy"


def _extra(failure: Failure, facts: Facts) -> str:
    """`library[extra]` where the library of the failing frame names an extra of its own that is not installed."""
    last = failure.frames[-1] if failure.frames else None
    library = next(iter(facts.providers(last.module)), None) if last is not None and not last.own else None
    if library is None:
        return ""
    for found in _EXTRA.finditer(failure.message):
        if canonicalize_name(found[1]) != canonicalize_name(library):
            continue
        wanted = [each for each in optionals(facts, library) if each.extra == found[2]]
        if wanted and any(facts.installed(each.name) is None for each in wanted):
            return f"{library}[{found[2]}]"
    return ""
