"""A start command names an application that is not there

## What happens
`uvicorn main:app` ends at once: there is no such module where the command runs, the module has no such
attribute, or the name is not of the form `module:attribute` (`main.py`, `app/main:app`).

## Why the server cannot start
The command in the Procfile, Dockerfile, compose file or script says which module to import and which
attribute of it is the application. Here the application stands somewhere else, or has another name.

## How to recognise it
The command was run and ended before any code of the project, and no own file is the module that it names from
the folder that it runs in, or the file binds no such name, or the name has another form. `fastapi run` without
a path finds none of the files that it looks for. Commands that were not run are looked at in the same way and
are advice.

## How it is fixed
The command names the application that is there. Where its module is found from another folder, that folder is
given along (`--app-dir`, `--pythonpath`).

## Fix safety
Safe where the project has one application: the command that stands there cannot start anything. Unsafe where
it has several.

## References
https://www.uvicorn.org/#usage, https://docs.gunicorn.org/en/stable/run.html
"""

import posixpath
from collections.abc import Iterable

from bootproof.edits import commands
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.project import StartCommand, Target
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.registry import finding
from bootproof.rules.server._celery import missing_app, named_app
from bootproof.rules.server._command import arguments as arguments_of
from bootproof.rules.server._command import (
    before_own_code,
    folders,
    module_file,
    named,
    place,
    positional,
    written,
)
from bootproof.rules.server._named import bound, misnamed_elsewhere
from bootproof.rules.server._restart import started_as

CODE = "BP701"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding where the command that was run names nothing that is there."""
    start, target = facts.project.start, facts.project.target
    if start is None or target is None or symptom.stage is not Stage.IMPORT or not before_own_code(symptom):
        return
    if start.program == "fastapi":
        given = positional(arguments_of(start))
        if not given and symptom.chain[-1].frames and symptom.chain[-1].frames[-1].module.startswith("fastapi_cli"):
            yield _finding(facts, start, target, "", "none of the files that it looks for is there")
        return
    if start.program == "celery":
        name = named_app(start)
        why = missing_app(facts, start, name) if name is not None else ""
    else:
        name = named(start)
        why = _missing(facts, start, name.module, name.attribute) if name is not None else ""
    if name is not None and why:
        yield _finding(facts, start, target, name.word, why)


def scan(facts: Facts) -> Iterable[Finding]:
    """Other commands that name no application, where the project has one."""
    target = facts.project.target
    if target is None or target.interface != "asgi" or target.call:
        return
    run = facts.project.start.files if facts.project.start is not None else ()
    for word, why in misnamed_elsewhere(facts, target):
        if word.file not in run:
            yield finding(
                __name__,
                word.text,
                file=word.file,
                line=word.line,
                data={"word": word},
                advice_only=True,
                cause=f"the command starts `{word.text}`, but {why}",
                explanation=f"The application is `{target.spec}`, which is what was booted instead.",
                related=(Location(target.file, note=f"`{target.attribute}` is the application"),),
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The command with the application that is there."""
    start, target, word = facts.project.start, facts.project.target, finding.data["word"]
    assert target is not None
    if isinstance(word, commands.Word):
        text = facts.text(word.file) or b""
        return Fix(f"start `{target.spec}`", Safety.SAFE, (commands.replaced(text, word, target.spec),))
    assert start is not None
    others = [each for each in facts.project.candidates if each.file != target.file]
    if start.program == "fastapi":
        edits = _given(facts, start, target)
    else:
        edits = started_as(facts, target.spec, target.path[0] if target.path else ".", call=target.call)
    if not edits:
        return None
    title = f"start `{target.spec}`" if start.program != "fastapi" else f"start `{target.file}`"
    if not others or target.spec.startswith(f"{str(word).partition(':')[0]}:"):
        return Fix(title, Safety.SAFE, edits)
    rivals = tuple(Rival(f"start `{each.spec}`", "it is an application too") for each in others)
    return Fix(title, Safety.UNSAFE, edits, loses="which application is meant was not decided", rivals=rivals)


def _finding(facts: Facts, start: StartCommand, target: Target, word: str, why: str) -> Finding:
    file, line = place(facts, start, word)
    what = f"starts `{word}`" if word else "names no application"
    return finding(
        __name__,
        word or start.program,
        file=file,
        line=line,
        data={"word": word},
        cause=f"the command {what}, but {why}",
        explanation=f"The application is `{target.spec}` in `{target.file}`.",
        related=(Location(target.file, note=f"`{target.attribute}` is the application"),),
    )


def _missing(facts: Facts, start: StartCommand, module: str, attribute: str) -> str:
    """Why a command names nothing, "" where it does name something."""
    if start.program != "hypercorn" and ("/" in module or module.endswith(".py")):
        return "that is not `module:attribute`"
    file = module_file(facts, module.replace("/", "."), folders(start))
    if file is None:
        return "" if facts.providers(module) else f"there is no module `{module}` where it runs"
    if start.program == "uvicorn" and not attribute:
        return "that is not `module:attribute`"
    attribute = attribute or ("application" if start.program == "gunicorn" else "app")
    return "" if {attribute.partition(".")[0], "*"} & bound(file, facts) else f"`{file}` binds no `{attribute}`"


def _given(facts: Facts, start: StartCommand, target: Target) -> tuple[AnyEdit, ...]:
    """The file of the application behind `fastapi run`."""
    verb = next((each for each in start.argv if each in ("run", "dev")), "")
    at = written(facts, start, verb)
    if at is None:
        return ()
    return (commands.added(facts.text(at.file) or b"", at, posixpath.relpath(target.file, start.directory)),)
