"""A server is started with `uvicorn.run` inside a running event loop

## What happens
An asynchronous function calls `uvicorn.run`, which is to run the event loop that already runs.

## Why the server cannot start
`uvicorn.run` makes a loop of its own and runs it. One thread has one running loop: `RuntimeError`.

## How to recognise it
`RuntimeError` below a call of `uvicorn.run`, raised where asyncio (or another loop) is run, and the call stands
in an `async def` of the project.

## How it is fixed
The server is served in the loop that is there: `await uvicorn.Server(uvicorn.Config(…)).serve()`.

## Fix safety
Safe. Where the call asks for `reload` or several workers nothing is changed: a server in a running loop has
neither.

## References
https://www.uvicorn.org/#running-programmatically
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_import
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import dotted_name
from bootproof.rules.registry import finding
from bootproof.rules.server._runs import Run, run_at

CODE = "BP704"
ONLY_RUN = ("reload", "workers", "app_dir")  # arguments that `Config` takes and `Server.serve` does nothing with, or none


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call in an asynchronous function."""
    for failure in symptom.failures:
        run = run_at(facts, failure) if failure.is_a("RuntimeError") else None
        if run is None or not isinstance(run.function, ast.AsyncFunctionDef):
            continue
        yield finding(
            __name__,
            run.function.name,
            file=run.file,
            line=run.call.lineno,
            end_line=run.call.end_lineno,
            data={"run": run},
            cause=f"`uvicorn.run` runs an event loop inside the one that runs `{run.function.name}`",
            explanation="`uvicorn.run` makes a loop of its own; a `Server` can be served in the one that is there.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The server awaited in the loop that runs."""
    run = finding.data["run"]
    assert isinstance(run, Run)
    call, text = run.call, facts.text(run.file) or b""
    if any(each.arg in ONLY_RUN or each.arg is None for each in call.keywords):
        return None
    start, end = facts.span(run.file, call)
    name = facts.span(run.file, call.func)
    module = dotted_name(call.func).removesuffix(".run")
    edits: list[AnyEdit] = []
    if module == dotted_name(call.func) or module == "uvicorn.main":  # a bare name, imported from uvicorn
        module = "uvicorn"
        edits.append(add_import(run.file, text, "import uvicorn"))
    arguments = text[name[1] : end].decode("utf-8", "surrogateescape")
    new = f"await {module}.Server({module}.Config{arguments}).serve()"
    return Fix("serve it in the running loop", Safety.SAFE, (*edits, edit(run.file, text, start, end, new)))
