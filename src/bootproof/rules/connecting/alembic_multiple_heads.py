"""The migrations have more than one head

## What happens
`alembic upgrade head` fails: two or more revisions are the last one.

## Why the server cannot start
Two people, or two branches, wrote a migration on top of the same revision. `head` then names no single
revision, Alembic refuses, and what runs before the server ends with an error.

## How to recognise it
Alembic raised `MultipleHeads`, and the `down_revision`s of the version files show the same heads.

## How it is fixed
A revision that merges the heads is added, as `alembic merge heads` writes it. It changes no table.

## Fix safety
Safe: every migration still runs, each once. Whether two branches change the same table is for a person to
see.

## References
https://alembic.sqlalchemy.org/en/latest/branches.html#merging-branches
"""

import hashlib
from collections.abc import Iterable

from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import heads, revisions
from bootproof.rules.registry import finding

CODE = "BP621"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The heads, at the file of the last one."""
    if not any(each.is_a("alembic.script.revision.MultipleHeads") for each in symptom.failures):
        return
    for each in facts.project.migrations:
        found = heads(revisions(facts, each.scripts))
        if len(found) < 2:
            continue
        last = found[-1]
        names = " and ".join(f"`{head.name}`" for head in found)
        yield finding(
            __name__,
            "heads",
            file=last.file,
            line=last.line,
            data={"heads": found},
            cause=f"the migrations have {len(found)} heads, {names}, and `head` names no single one",
            explanation="Each was written on top of the same revision; a merge revision joins them.",
            related=tuple(Location(head.file, head.line, note=f"head `{head.name}`") for head in found[:-1]),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A revision that merges the heads."""
    found = finding.data["heads"]
    assert isinstance(found, tuple)
    names = tuple(sorted(head.name for head in found))
    # the same heads give the same revision, so that one audit's answer is the next one's
    revision = hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]
    down = "(" + ", ".join(f'"{name}"' for name in names) + ")"
    new = (
        f'"""merge heads\n\nRevision ID: {revision}\nRevises: {", ".join(names)}\n"""\n\n'
        f'revision = "{revision}"\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\n'
        "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )
    folder = finding.file.rpartition("/")[0]
    file = f"{folder}/{revision}_merge_heads.py"
    return Fix("add a revision that merges the heads", Safety.SAFE, (Edit(file, 0, 0, "", new, creates=True),))
