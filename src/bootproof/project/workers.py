"""Celery applications as targets: what `celery -A … worker` loads, where no web application is to be started."""

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from bootproof.model.project import Evidence, StartCommand, Target
from bootproof.project.errors import TargetNotFound
from bootproof.project.layout import guess, installed_folders, located
from bootproof.project.names import Names, Outside
from bootproof.project.sources import Sources
from bootproof.project.start_command import start_command
from bootproof.project.starts import DEPLOYS, Start
from bootproof.project.target import Choice, aside

PROGRAM = "celery"
PREFIX = "celery:"  # of the user's own word for a target
_SPEC = re.compile(r"([A-Za-z_][\w.]*)(?::([A-Za-z_]\w*))?$")
_USUAL = ("app", "celery")  # the names that Celery tries before it looks at all others
_ONE = ("--concurrency=1",)


def choose_worker(sources: Sources, names: Names, starts: Sequence[Start], app: str | None) -> Choice:
    """The Celery application: the one that `app` names, else that of the weightiest worker's command, else the only one.

    Raises TargetNotFound where `app` names no module.
    """
    near = next((start for start in starts if start.server.module), None)
    spec = app.removeprefix(PREFIX) if app else near.server.module if near else ""
    if spec:
        match = _SPEC.match(spec)
        if match is None:
            raise TargetNotFound(app or spec, "is not `celery:module` or `celery:module:attribute`")
        target = _named(sources, names, match[1], match[2] or (near.server.attribute if near and not app else ""), near)
        if target is not None:
            said = near if near is not None and near.server.module == match[1] else None
            return Choice(target, (target,), said, (), said)
        if app:
            raise TargetNotFound(app, f"there is no module `{match[1]}` below `{sources.root}`")
    found = [
        (file, name)
        for file in sources.holding((b"Celery(",))
        if not aside(file)
        for name in _applications(sources, names, file)
    ]
    if len(found) != 1 and near is None:
        return Choice(None, tuple(_target(sources, file, name, None) for file, name in found), None, ())
    if not found:
        return Choice(None)
    # a command that names none: the application that is there is what was meant
    target = _target(sources, *found[0], None)
    return Choice(target, (target,), near, (), near)


def worker_command(sources: Sources, choice: Choice) -> StartCommand | None:
    """The command that starts the worker: as a deployment has it, with one process; else the plain one."""
    target = choice.target
    if target is None:
        return None
    command = None
    if choice.command is not None:
        command = start_command(sources, replace(choice.command, weight=max(choice.command.weight, DEPLOYS)), target)
    if command is None:
        argv = (PROGRAM, "-A", target.spec, "worker", "--loglevel=info")
        command = StartCommand(argv, Evidence("starts the worker"), target.directory, target.path, runs=True)
    return replace(command, argv=_alone(command.argv), variables={**command.variables, "C_FORCE_ROOT": "1"})


def _alone(argv: Sequence[str]) -> tuple[str, ...]:
    """The words with one process, in the foreground: more of them do the same."""
    kept: list[str] = []
    skip = False
    for word in argv:
        name = word.partition("=")[0]
        if skip:
            skip = False
        elif name in ("-c", "--concurrency", "--autoscale"):
            skip = "=" not in word
        elif not re.fullmatch(r"-c\d+|-D|--detach", word):
            kept.append(word)
    return (*kept, *_ONE)


def _named(sources: Sources, names: Names, module: str, attribute: str, near: Start | None) -> Target | None:
    """The target that a command means; a module whose last part is the attribute counts as well."""
    place = near.evidence.file or "" if near else ""
    preferred = (*([near.directory] if near and near.directory else []), *(near.path if near else ()), ".")
    hit = located(sources, module, place, preferred)
    if hit is None and "." in module and not attribute:
        module, _, attribute = module.rpartition(".")
        hit = located(sources, module, place, preferred)
    if hit is None:
        return None
    file = hit[0]
    if not attribute:
        bound = {**dict.fromkeys(names.bound(file)), **dict.fromkeys(names.imported(file))}
        made = _applications(sources, names, file)
        below = f"{file.removesuffix('__init__.py')}celery.py"
        if not made and not set(_USUAL) & set(bound) and file.endswith("__init__.py") and sources.exists(below):
            file, made = below, _applications(sources, names, below)
            bound = dict.fromkeys(names.bound(file))
        attribute = next((each for each in (*_USUAL, *made) if each in bound), "")
    if not attribute or attribute not in {*names.bound(file), *names.imported(file)}:
        return None
    return _target(sources, file, attribute, near, hit[1])


def _target(sources: Sources, file: str, attribute: str, near: Start | None, folder: str = "") -> Target:
    directory, path = guess(sources, file)
    if near is not None and near.directory is not None:
        directory = near.directory
    if folder:
        path = (folder,)
    path = tuple(dict.fromkeys((*path, *(near.path if near else ()), *installed_folders(sources, directory))))
    evidence = near.evidence if near else Evidence(f"`{attribute}` is a Celery application", file)
    return Target(
        sources.module_of(file, path), attribute, file, directory, path, interface=PROGRAM, evidence=(evidence,)
    )


def _applications(sources: Sources, names: Names, file: str) -> list[str]:
    """The names that a file gives Celery applications."""
    found = []
    for name, nodes in names.bound(file).items():
        node = nodes[-1]
        meaning = names.meaning(file, node.func) if isinstance(node, ast.Call) else None
        if isinstance(meaning, Outside) and meaning.dotted in ("celery.Celery", "celery.app.Celery", "celery.app.base.Celery"):
            found.append(name)
    return found
