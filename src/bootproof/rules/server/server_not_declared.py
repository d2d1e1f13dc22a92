"""The start command runs a server that is not declared

## What happens
The command runs `uvicorn`, `gunicorn` or `hypercorn`, and no declared distribution brings that program.

## Why the server cannot start
Where only what is declared is installed, there is no such program: "command not found", "No module named
uvicorn". FastAPI does not bring a server by itself.

## How to recognise it
The command was run: no distribution of the environment has a console script of that name, or Python found no
module of that name to run.

## How it is fixed
The distribution is declared.

## Fix safety
Safe: the name comes from the command and was verified to provide the module.

## References
https://fastapi.tiangolo.com/deployment/manually/
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.dependencies._declaring import declaring, home, place
from bootproof.rules.registry import finding
from bootproof.rules.server._command import before_own_code
from bootproof.rules.server._command import place as place_of

CODE = "BP709"
YIELDS_TO = ("BP101",)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The program that is not there."""
    start = facts.project.start
    if start is None or not before_own_code(symptom):
        return
    for failure in symptom.chain:
        if not _not_there(failure, start.program, facts):
            continue
        file, line = place(facts, start.program)
        said, at = place_of(facts, start)
        yield finding(
            __name__,
            start.program,
            file=file,
            line=line if file == home(facts) else 1,
            data={"program": start.program},
            cause=f"the start command runs `{start.program}`, which no declared distribution brings",
            explanation=f"`{' '.join(start.argv[:4])}` finds only what is installed, and only what is declared is.",
            related=(Location(said, at, note="runs it"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares what brings the program."""
    offered = facts.offers(str(finding.data["program"]))
    return declaring(facts, offered[0]) if offered else None


def _not_there(failure: Failure, program: str, facts: Facts) -> bool:
    """Whether neither a console script nor a module of this name was found."""
    if program == "python" or facts.providers(program):
        return False
    last = failure.frames[-1] if failure.frames else None
    if failure.is_a("FileNotFoundError"):
        return failure.facts.get("filename") == program
    return failure.is_a("ImportError") and last is not None and last.module == "runpy"

