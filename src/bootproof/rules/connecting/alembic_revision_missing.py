"""A migration stands on a revision that no file has

## What happens
`alembic upgrade` raises `KeyError` with the identifier of a revision.

## Why the server cannot start
`down_revision` names the migration before. Where its file was lost (not committed, deleted, on another
branch) or the identifier is misspelt, Alembic cannot put the migrations in order, and they run before the
server.

## How to recognise it
Alembic raised the error while it read its revisions, and exactly that identifier is named as `down_revision`
by a version file and is the `revision` of none.

## How it is fixed
Where exactly one other revision could have been meant, because it is nearly the same word or because nothing
else stands on it, the migration is put on that one. Else a person finds the lost file.

## Fix safety
Unsafe: if there was a file, what it did to the tables is not done.

## References
https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration
"""

import ast
import difflib
from collections.abc import Iterable

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import Revision, heads, revisions
from bootproof.rules.registry import finding

CODE = "BP665"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The version file that names a revision which is not there."""
    for failure in symptom.failures:
        args = failure.facts.get("args")
        key = args[0] if isinstance(args, list) and args and failure.is_a("KeyError") else None
        if key is None or not any(each.module == "alembic.script.revision" for each in failure.frames):
            continue
        for environment in facts.project.migrations:
            found = revisions(facts, environment.scripts)
            if any(each.name == key for each in found):
                continue
            for each in found:
                if key not in each.down or each.below is None:
                    continue
                yield finding(
                    __name__,
                    str(key),
                    file=each.file,
                    line=each.below.lineno,
                    data={"revision": each, "found": found},
                    cause=f"`{each.name}` stands on the revision `{key}`, and no version file has it",
                    explanation="Its file was lost, or the identifier is misspelt.",
                )
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The migration on the one revision that could have been meant."""
    revision, found = finding.data["revision"], finding.data["found"]
    assert isinstance(revision, Revision) and isinstance(found, tuple)
    meant = _meant(finding.key, revision, found)
    node = next(
        (each for each in ast.walk(revision.below or ast.Pass()) if getattr(each, "value", None) == finding.key), None
    )
    if meant is None or node is None:
        return None
    return Fix(
        f"put `{revision.name}` on `{meant}`",
        Safety.UNSAFE,
        (replace_node(finding.file, facts.text(finding.file) or b"", node, f'"{meant}"'),),
        loses=f"what the migration `{finding.key}` did, if there was one",
        rivals=(Rival(f"restore the version file of `{finding.key}`", "from another branch, or from who wrote it"),),
    )


def _meant(name: str, revision: Revision, found: tuple[Revision, ...]) -> str | None:
    others = [each for each in found if each.name not in _above(revision.name, found)]
    near = difflib.get_close_matches(name, [each.name for each in others], n=2, cutoff=0.8)
    if len(near) == 1:
        return near[0]
    ends = heads(tuple(others))
    return ends[0].name if len(ends) == 1 else None


def _above(name: str, found: tuple[Revision, ...]) -> set[str]:
    """The revision and those that stand on it."""
    names = {name}
    for _ in found:
        names |= {each.name for each in found if names & set(each.down)}
    return names
