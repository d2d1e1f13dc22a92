"""No driver is declared for the database that an engine is built for

## What happens
An engine is built for a database, and none of the drivers that could serve it is declared. With
SQLAlchemy's asyncio extension a synchronous driver is not enough.

## Why the server cannot start
`create_async_engine` loads the driver's module when the engine is built, mostly at import: it is not found,
or it is found and is not asynchronous.

## How to recognise it
`ModuleNotFoundError` raised by a SQLAlchemy dialect that imports its driver, or `InvalidRequestError`
raised by the asyncio extension while the URL's dialect is not asynchronous. SQLAlchemy itself is asked
which drivers it has, which of them are asynchronous and which one a plain URL selects.

## How it is fixed
One driver is declared: the one that the project names already (in a URL, an import, its README, by
arguments that only one driver knows), else the one that needs the fewest other edits. The others are named
as rivals.

## Fix safety
Safe: it declares what the engine needs. A synchronous driver that is declared stays.

## References
SQLAlchemy documentation, "Asynchronous I/O (asyncio)" and "Dialects"; SQLAlchemy 2.1 migration notes
(psycopg is the default driver of `postgresql://`).
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.dependencies._declaring import declaring, from_dialect, home, missing_module
from bootproof.rules.dependencies._drivers import (
    Driver,
    available,
    choose,
    declared_driver,
    drivers,
    schemes,
)
from bootproof.rules.registry import finding

CODE = "BP102"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the database that has no driver of the kind that its engine needs."""
    for failure in symptom.failures:
        wanted = _wanted(failure, facts)
        if wanted is None:
            continue
        database, chosen, candidates = wanted
        synchronous = [each for each in drivers(facts, database) if each not in candidates]
        line = next((at for each in synchronous if (at := declared_driver(facts, each))), None)
        kind = "asynchronous driver" if chosen.asynchronous and _is_async(symptom) else "driver"
        frame = next((each.own_frame for each in symptom.failures if each.own_frame), None)
        yield finding(
            __name__,
            database,
            file=line.file if line else home(facts),
            line=line.line if line else 1,
            cause=f"an engine is built for {database}, and no {kind} for it is declared",
            explanation=(
                f"`{line.name}` is a synchronous driver; the asynchronous engine cannot use it."
                if line and kind != "driver"
                else f"SQLAlchemy finds none of: {', '.join(each.name for each in candidates)}."
            ),
            related=(Location(frame.file, frame.line, note="builds the engine"),) if frame else (),
            data={"chosen": chosen, "candidates": candidates, "near": line.line if line else None},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares the chosen driver, behind the synchronous one."""
    chosen, candidates = finding.data["chosen"], finding.data["candidates"]
    assert isinstance(chosen, Driver) and isinstance(candidates, tuple)
    plain = facts.dialect(chosen.database).get("driver")
    rivals = []
    for each in candidates:
        if each.distribution != chosen.distribution:
            how = "a plain URL selects it" if each.name == plain else f"the URL then names `+{each.name}`"
            rivals.append(Rival(f"declare `{each.requirement}` instead", how))
    near = finding.data["near"]
    return declaring(facts, chosen.requirement, near=near if isinstance(near, int) else None, rivals=rivals)


def _wanted(failure: Failure, facts: Facts) -> tuple[str, Driver, tuple[Driver, ...]] | None:
    """The database, the driver to declare, and all that would do; None where it is another fault."""
    module, database = missing_module(failure), from_dialect(failure)
    if module is not None and database is not None:
        every = drivers(facts, database)
        asked = next((each for each in every if each.module == module), None)
        needs_async = any(each.module.startswith("sqlalchemy.ext.asyncio") for each in failure.frames)
        candidates = tuple(each for each in every if (each.asynchronous if needs_async else each.synchronous))
        if asked is None:
            return None
        plain = asked.name == facts.dialect(database).get("driver") and (database, asked.name) not in schemes(facts)
        if asked in candidates and not plain:  # the URL names this very driver
            return database, asked, candidates if needs_async else (asked,)
        return _undeclared(facts, database, candidates)
    if (
        failure.is_a("InvalidRequestError")
        and failure.frames
        and failure.frames[-1].module.startswith("sqlalchemy.ext.asyncio")
    ):
        for base, driver in sorted(schemes(facts)):
            dialect = facts.dialect(f"{base}+{driver}" if driver else base)
            quoted = f"'{dialect.get('driver')}'" in failure.message
            if "error" in dialect or dialect.get("can_async") or not quoted:
                continue
            return _undeclared(facts, base, tuple(each for each in drivers(facts, base) if each.asynchronous))
    return None


def _undeclared(
    facts: Facts, database: str, candidates: tuple[Driver, ...]
) -> tuple[str, Driver, tuple[Driver, ...]] | None:
    """Nothing where a driver that would do is there: that the URL does not name it is another fault."""
    if not candidates or any(available(facts, each) for each in candidates):
        return None
    return database, choose(facts, database, candidates), candidates


def _is_async(symptom: Symptom) -> bool:
    return any(
        each.module.startswith("sqlalchemy.ext.asyncio") for failure in symptom.failures for each in failure.frames
    )
