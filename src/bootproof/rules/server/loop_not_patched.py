"""nest_asyncio is to patch a loop that it cannot patch

## What happens
`nest_asyncio.apply()` raises `ValueError`: it patches loops that are written in Python, and uvicorn runs uvloop
wherever it is installed (`uvicorn[standard]`).

## Why the server cannot start
The call stands where the application is imported or started, inside the running loop.

## How to recognise it
`ValueError` raised in `nest_asyncio`, called by the project, under uvicorn or gunicorn.

## How it is fixed
The start command asks for asyncio's own loop: `--loop asyncio`, or `loop="asyncio"` where the project calls
`uvicorn.run`.

## Fix safety
Safe: both loops do the same; asyncio's is slower under many connections.

## References
https://www.uvicorn.org/settings/#implementation, https://github.com/erdewit/nest_asyncio
"""

from collections.abc import Iterable

from bootproof.edits import commands
from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword
from bootproof.rules.registry import finding
from bootproof.rules.server._command import named, place, written
from bootproof.rules.server._runs import runs

CODE = "BP710"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that could not patch the loop."""
    for failure in symptom.failures:
        last, own = failure.frames[-1] if failure.frames else None, failure.own_frame
        if last is None or own is None or not failure.is_a("ValueError") or last.module != "nest_asyncio":
            continue
        start = facts.project.start
        said = place(facts, start) if start is not None else None
        yield finding(
            __name__,
            "apply",
            file=own.file,
            line=own.line,
            cause="`nest_asyncio` cannot patch the loop that the server runs",
            explanation="uvicorn runs uvloop wherever it is installed; nest_asyncio patches asyncio's own loop only.",
            related=(Location(said[0], said[1], note="starts the server"),) if said is not None else (),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Asyncio's own loop, asked for where the server is started."""
    title, start = "run asyncio's own loop", facts.project.start
    if start is not None and start.program in ("uvicorn", "hypercorn"):
        name = named(start)
        at = written(facts, start, name.word) if name is not None else None
        option = "--loop" if start.program == "uvicorn" else "--worker-class"
        if at is not None and option not in start.argv:
            return Fix(title, Safety.SAFE, (commands.added(facts.text(at.file) or b"", at, option, "asyncio"),))
    for file in facts.files_with(b"uvicorn") if start is not None and start.program == "python" else ():
        for run in runs(facts, file):
            if keyword(run.call, "loop") is None:
                argument = add_argument(file, facts.text(file) or b"", run.call, "loop", '"asyncio"')
                return Fix(title, Safety.SAFE, (argument,))
    return None
