"""A database driver is declared that nothing uses

## What happens
A driver is declared, no URL of the project selects it, and nothing imports it.

## Why the server cannot start
It does start: a driver too many is harmless. It is told because it is often mistaken for the driver that is
used.

## How to recognise it
SQLAlchemy has a dialect for the driver's module, no URL in the settings or in the code selects that dialect
once the fixes are made, another driver of the same database is declared, and no own file imports the
module.

## How it is fixed
The requirement is dropped.

## Fix safety
Safe: nothing refers to it. Other programs that share the dependency file are not looked at.

## References
SQLAlchemy documentation, "Dialects".
"""

from collections.abc import Iterable

from bootproof.edits import dependencies
from bootproof.edits.errors import Refusal
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.words import Safety
from bootproof.rules.dependencies._drivers import declared_driver, drivers, is_imported, schemes
from bootproof.rules.registry import finding

CODE = "BP190"


def scan(facts: Facts) -> Iterable[Finding]:
    """A finding for each declared driver that nothing selects or imports."""
    if facts.installed("sqlalchemy") is None:
        return
    used = schemes(facts)
    for database in sorted({base for base, _ in used}):
        every = drivers(facts, database)
        selected = {name or str(facts.dialect(database).get("driver")) for base, name in used if base == database}
        given = tuple(sorted(each for each in facts.planned if each.startswith(("BP102:", "BP501:"))))
        if given:  # the fixes write another driver into the URL
            selected = {each.name for each in every if each.asynchronous and declared_driver(facts, each)}
        others = [each for each in every if each.name in selected and declared_driver(facts, each)]
        for each in every:
            declared = declared_driver(facts, each)
            if declared is None or each.name in selected or not others or is_imported(facts, each):
                continue
            if facts.text(declared.file) is None or any(one.module == each.module for one in others):
                continue
            yield finding(
                __name__,
                declared.name,
                file=declared.file,
                line=declared.line,
                cause=f"`{declared.name}` is declared, and nothing uses it",
                explanation=f"No URL selects it, no file imports `{each.module}`; "
                f"the engine uses `{others[0].distribution}`.",
                given=tuple(one for one in given if one.startswith("BP102:")),
                advice_only=True,
                data={"requirement": declared},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Drops the requirement."""
    declared = facts.declared(finding.key)
    file = next((each for each in facts.project.dependencies if each.path == finding.file), None)
    text = facts.text(finding.file)
    if declared is None or file is None or text is None:
        return None
    made = dependencies.drop(file, text, declared)
    return None if isinstance(made, Refusal) else Fix(f"drop `{declared.name}`", Safety.SAFE, (made,))
