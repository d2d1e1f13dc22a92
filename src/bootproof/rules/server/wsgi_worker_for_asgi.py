"""gunicorn serves an ASGI application with a worker that speaks WSGI

## What happens
`gunicorn main:app` starts, and every request is answered with 500: the worker calls the application with two
arguments, and an ASGI application takes three.

## Why the server cannot start
gunicorn's own default worker is synchronous and speaks WSGI. FastAPI, Starlette and Litestar speak ASGI. No
health check ever succeeds, so a deployment takes the server for dead.

## How to recognise it
gunicorn was run, a worker of its own raised `TypeError` where it calls the application, and the application
speaks ASGI.

## How it is fixed
The command names a worker that speaks ASGI: that of `uvicorn-worker` where it is installed, uvicorn's own, or
gunicorn's, whichever the environment has.

## Fix safety
Safe: no request could be answered before.

## References
https://www.uvicorn.org/deployment/#gunicorn, https://docs.gunicorn.org/en/stable/settings.html#worker-class
"""

from collections.abc import Iterable

from bootproof.edits import commands
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.registry import finding
from bootproof.rules.server._command import all_written, named, place, written

CODE = "BP705"
WORKERS = (
    ("uvicorn_worker", "UvicornWorker", "uvicorn_worker.UvicornWorker"),
    ("uvicorn.workers", "UvicornWorker", "uvicorn.workers.UvicornWorker"),
    ("gunicorn.workers.gasgi", "ASGIWorker", "asgi"),
)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The command whose worker called the application in the wrong way."""
    start, target = facts.project.start, facts.project.target
    if start is None or target is None or start.program != "gunicorn" or target.interface != "asgi":
        return
    if symptom.stage is not Stage.READY:
        return
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if failure.is_a("TypeError") and last is not None and last.module.startswith("gunicorn."):
            name = named(start)
            file, line = place(facts, start, name.word if name else "")
            yield finding(
                __name__,
                "worker",
                file=file,
                line=line,
                cause=f"gunicorn serves `{target.spec}` with a worker that speaks WSGI, and it speaks ASGI",
                explanation="An ASGI application is called with scope, receive and send; this worker gives two arguments.",
                related=(Location(target.file, note=f"`{target.attribute}` is the application"),),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A worker that speaks ASGI, in the place of the one given, else behind the application."""
    start = facts.project.start
    worker = next((uri for module, name, uri in WORKERS if name in (facts.exports(module) or ())), None)
    if start is None or worker is None:
        return None
    title = f"serve it with `{worker}`"
    words = all_written(facts, start)
    for index, word in enumerate(words[:-1]):
        text = facts.text(word.file) or b""
        if word.text in ("-k", "--worker-class"):
            return Fix(title, Safety.SAFE, (commands.replaced(text, words[index + 1], worker),))
        if word.text.startswith("--worker-class="):
            return Fix(title, Safety.SAFE, (commands.replaced(text, word, f"--worker-class={worker}"),))
    name = named(start)
    at = written(facts, start, name.word) if name is not None else None
    if at is None:
        return None
    return Fix(title, Safety.SAFE, (commands.added(facts.text(at.file) or b"", at, "-k", worker),))
