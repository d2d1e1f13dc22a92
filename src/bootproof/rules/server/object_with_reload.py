"""A server that reloads or has several workers is given an application object

## What happens
`uvicorn.run(app, reload=True)` (or `workers=2`) prints that the application must be passed as an import
string, and ends.

## Why the server cannot start
To reload, and in each worker, a new process imports the application. An object cannot be handed to another
process; `module:attribute` can.

## How to recognise it
`uvicorn.run` itself ended the process, and the project's own call gives it an object together with `reload` or
`workers`. In the source alone it is advice: the script may not be what is started.

## How it is fixed
The call names the object: `uvicorn.run("main:app", reload=True)`, by the name under which the start finds its
module. An object that a function makes only there is named by that function, with `factory=True`.

## Fix safety
Safe: the same object is served, imported by its name.

## References
https://www.uvicorn.org/#running-programmatically
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import add_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import keyword, text_of
from bootproof.rules.registry import finding
from bootproof.rules.server._runs import Run, below, import_string, run_at, runs

CODE = "BP702"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that uvicorn refused."""
    for failure in symptom.chain:
        run, frame = run_at(facts, failure), failure.own_frame
        if run is None or frame is None or not failure.is_a("SystemExit"):
            continue
        inner = [each for each in below(failure, frame) if each.module.startswith("uvicorn")]
        if len(inner) == 1 and _several(run):
            yield _finding(run)
        return


def scan(facts: Facts) -> Iterable[Finding]:
    """Calls whose own arguments say so."""
    for file in facts.files_with(b"uvicorn"):
        for run in runs(facts, file):
            given = run.application
            names_nothing = given is not None and text_of(given) is None and not isinstance(given, ast.JoinedStr)
            if names_nothing and _surely_several(run) and import_string(facts, run) is not None:
                yield _finding(run)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import string in the place of the object."""
    run = finding.data["run"]
    assert isinstance(run, Run)
    named, given, text = import_string(facts, run), run.application, facts.text(run.file) or b""
    if named is None or given is None:
        return None
    spec, factory = named
    edits: list[AnyEdit] = [replace_node(run.file, text, given, f'"{spec}"')]
    if factory and keyword(run.call, "factory") is None:
        edits.append(add_argument(run.file, text, run.call, "factory", "True"))
    return Fix(f'serve `"{spec}"`', Safety.SAFE, tuple(edits))


def _finding(run: Run) -> Finding:
    what = " and ".join(f"`{name}`" for name in ("reload", "workers") if keyword(run.call, name) is not None)
    return finding(
        __name__,
        "run",
        file=run.file,
        line=run.call.lineno,
        end_line=run.call.end_lineno,
        data={"run": run},
        cause=f"`uvicorn.run` is given an application object together with {what or 'several processes'}",
        explanation="A process that reloads, or one of several workers, imports the application by its name.",
    )


def _several(run: Run) -> bool:
    """Whether the call asks for more than one process, as far as its own words tell; they may be in `**options`."""
    return any(each.arg in ("reload", "workers", None) for each in run.call.keywords)


def _surely_several(run: Run) -> bool:
    reload, workers = keyword(run.call, "reload"), keyword(run.call, "workers")
    many = isinstance(workers, ast.Constant) and isinstance(workers.value, int) and workers.value > 1
    return many or (isinstance(reload, ast.Constant) and reload.value is True)
