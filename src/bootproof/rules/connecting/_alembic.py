"""Alembic's environments in the source: ini files, `env.py`, version files and their revisions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.project import Migrations
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.rules.reading import assigned, own_frames


@dataclass(frozen=True)
class Revision:
    """One version file. `line` is that of `revision`, `below` the node that names what it stands on."""

    name: str
    down: tuple[str, ...]
    file: str
    line: int
    below: ast.expr | None = None


def env_of(migrations: Migrations) -> str:
    """The `env.py` of an environment."""
    return f"{migrations.scripts}/env.py".removeprefix("./")


def environment_of(facts: Facts, file: str) -> Migrations | None:
    """The environment whose `env.py` a file is."""
    return next((each for each in facts.project.migrations if env_of(each) == file), None)


def revisions(facts: Facts, scripts: str) -> tuple[Revision, ...]:
    """The version files of an environment, by file."""
    found = []
    prefix = f"{scripts}/versions/".removeprefix("./")
    for file in facts.python_files():
        tree = facts.syntax(file) if file.startswith(prefix) else None
        given = {name: value for node in (tree.body if tree is not None else ()) for name, value in assigned(node)}
        revision, down = given.get("revision"), given.get("down_revision")
        if isinstance(revision, ast.Constant) and isinstance(revision.value, str):
            names = tuple(
                each.value
                for each in (ast.walk(down) if down is not None else ())
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
            found.append(Revision(revision.value, names, file, revision.lineno, down))
    return tuple(found)


def heads(found: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """The revisions on which no other one stands."""
    below = {name for each in found for name in each.down}
    return tuple(sorted((each for each in found if each.name not in below), key=lambda each: each.file))


def in_migration(symptom: Symptom, facts: Facts, *states: str) -> Iterator[tuple[Failure, Frame]]:
    """The failures that PostgreSQL gave one of these codes, with their innermost frame in a version file."""
    folders = tuple(f"{each.scripts}/".removeprefix("./") for each in facts.project.migrations)
    coded = any(str(each.facts.get("sqlstate") or each.facts.get("pgcode")) in states for each in symptom.failures)
    for failure in symptom.failures if coded else ():
        frame = next((each for each in own_frames(failure) if each.file.startswith(folders)), None)
        if frame is not None and not frame.file.endswith("/env.py"):
            yield failure, frame
