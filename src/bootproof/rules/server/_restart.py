"""Edits of a start command so that it starts an application from another folder, or under another name."""

import posixpath

from bootproof.edits import commands
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.server._command import folders, named, written

OPTIONS = {"uvicorn": "--app-dir", "gunicorn": "--pythonpath"}


def started_as(facts: Facts, spec: str, folder: str, *, call: bool = False) -> tuple[AnyEdit, ...]:
    """The project's start command with `spec`, found from `folder`; nothing where the command cannot say that."""
    start = facts.project.start
    if start is None:
        return ()
    name = named(start)
    at = written(facts, start, name.word) if name is not None else None
    if at is None:
        return ()
    given: tuple[str, ...] = ()
    if folder not in folders(start):
        option = OPTIONS.get(start.program)
        if option is None or any(word.startswith(option) for word in start.argv):
            return ()
        given = (option, posixpath.relpath(folder, start.directory))
    if call and start.program == "gunicorn":
        spec += "()"
    elif call and "--factory" not in start.argv:
        given = (*given, "--factory")
    text = facts.text(at.file) or b""
    renamed = commands.replaced(text, at, spec)
    return (renamed, commands.added(text, at, *given)) if given else (renamed,)
