"""Importing the application starts a server

## What happens
A module calls `uvicorn.run` at its top level. Whoever imports it starts a second server: uvicorn that was to
serve it, or each worker process, which imports the script anew.

## Why the server cannot start
Where uvicorn imports the application inside its event loop, a second loop cannot be run: `RuntimeError`. A
process that multiprocessing spawns refuses to start another one while it imports: `RuntimeError`, for each
worker, for ever. Newer uvicorn imports before its loop runs, and the inner server answers in its place, with
its own host and port; asked to stop, it gives way to the outer one, which goes on.

## How to recognise it
The project's own last frame is a module's top level, at a call of `uvicorn.run` that no `if __name__` guards;
or there is such a call in what the start imports, and the server does not end when it is asked to. In the
source alone it is advice.

## How it is fixed
The call goes below `if __name__ == "__main__":`.

## Fix safety
Safe: run as a script, the module starts the server as before; imported, it does not.

## References
https://docs.python.org/3/library/__main__.html#idiomatic-usage,
https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.source import indentation, line_start, line_stop, rest_is_comment
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.registry import finding
from bootproof.rules.server._runs import Run, run_at, runs

CODE = "BP703"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call at module level that ended the import."""
    for failure in symptom.chain:
        run, frame = run_at(facts, failure), failure.own_frame
        if run is not None and frame is not None and _at_import(run) and failure.is_a("RuntimeError"):
            yield _finding(run)
            return
    if symptom.stage is Stage.SHUTDOWN and not symptom.chain and not symptom.held:
        yield from scan(facts)  # the inner server ends, the import goes on, and the outer one begins


def scan(facts: Facts) -> Iterable[Finding]:
    """Such calls in what the start imports."""
    for file in sorted(facts.reachable()):
        for run in runs(facts, file) if b"uvicorn" in (facts.text(file) or b"") else ():
            if _at_import(run):
                yield _finding(run)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The statement below a guard."""
    run = finding.data["run"]
    assert isinstance(run, Run)
    text = facts.text(run.file) or b""
    if run.statement is None:
        return None
    start, end = facts.span(run.file, run.statement)
    first, indent = line_start(text, start), indentation(text, start)
    alone = not text[first:start].strip() and rest_is_comment(text[end : line_stop(text, end)])
    strings = [each for each in ast.walk(run.call) if isinstance(each, ast.Constant | ast.JoinedStr)]
    if not alone or any(each.end_lineno != each.lineno for each in strings):
        return None  # it shares its line, or a string goes on over lines that would be indented
    body = text[start:end].decode("utf-8", "surrogateescape").replace("\n", "\n    ")
    guarded = f'if __name__ == "__main__":\n{indent}    {body}'
    return Fix('start it below `if __name__ == "__main__"`', Safety.SAFE, (edit(run.file, text, start, end, guarded),))


def _at_import(run: Run) -> bool:
    return run.function is None and not run.guarded and not run.later


def _finding(run: Run) -> Finding:
    return finding(
        __name__,
        "run",
        file=run.file,
        line=run.call.lineno,
        end_line=run.call.end_lineno,
        data={"run": run},
        cause=f"importing `{run.file}` starts a server",
        explanation="The call stands at the module's top level, so it runs wherever the module is imported.",
    )
