"""The URL of an engine selects a driver that this engine cannot have

## What happens
The engine raises while the module that builds it is imported: the driver that the URL selects is not
installed, or an asynchronous engine finds that it is not asynchronous.

## Why the server cannot start
A URL such as `postgresql://…` names a database and no driver. SQLAlchemy then takes its default for that
database, which differs from release to release and need not be the one that the project declares.

## How to recognise it
The import of the selected driver fails, or SQLAlchemy's asyncio extension refuses it, while a driver of the
same database that would do is installed. Which driver a scheme selects is asked of the installed
SQLAlchemy, for every database alike. A synchronous engine whose URL names its driver is left alone: there
the driver is missing.

## How it is fixed
The scheme, and nothing else of the URL, is written out with the driver that is there: declared ones first.
One that only another distribution brought along is declared too.

## Fix safety
Safe: the same database is reached. Parameters of the URL that belong to another driver are faults of their
own.

## References
https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies import _drivers
from bootproof.rules.dependencies._declaring import addition
from bootproof.rules.engine._urls import UrlPlace, asynchronous, given_drivers, makes_async_engine, synchronous, urls
from bootproof.rules.registry import finding

CODE = "BP501"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL from which the engine could not be made."""
    for failure in symptom.failures:
        if not (_refused(failure) or _not_installed(failure)):
            continue
        wants_async = makes_async_engine(failure)
        for place in urls(facts, failure):
            chosen = facts.dialect(place.scheme)
            fits = chosen.get("can_async") if wants_async else not chosen.get("is_async")
            if "error" in chosen or (fits and chosen.get("available")) or (place.driver and not wants_async):
                continue
            driver = (asynchronous if wants_async else synchronous)(facts, place.database)
            if driver is None or driver == place.driver:
                continue
            yield finding(
                __name__,
                place.key,
                file=place.file,
                line=place.line,
                given=given_drivers(facts),
                cause=f"`{place.scheme}://` selects {chosen.get('driver')}, which is "
                + ("not asynchronous, as its engine is" if chosen.get("available") else "not installed"),
                explanation=f"`{place.key}` goes to an engine. "
                f"{driver} is installed: `{place.database}+{driver}://` selects it.",
                data={"place": place, "driver": driver},
            )
            return


def _refused(failure: Failure) -> bool:
    return (
        failure.is_a("sqlalchemy.exc.InvalidRequestError")
        and bool(failure.frames)
        and failure.frames[-1].module == "sqlalchemy.ext.asyncio.engine"
    )


def _not_installed(failure: Failure) -> bool:
    return failure.is_a("ImportError") and any(each.function == "import_dbapi" for each in failure.frames)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The scheme with the driver written out."""
    place, driver = finding.data["place"], finding.data["driver"]
    assert isinstance(place, UrlPlace)
    known = next((each for each in _drivers.drivers(facts, place.database) if each.name == driver), None)
    # the standard library's own driver has no distribution
    brought = known is not None and facts.providers(known.module) and _drivers.declared_driver(facts, known) is None
    declared = addition(facts, known.requirement) if known is not None and brought else None
    rivals: tuple[Rival, ...] = ()
    if place.database == "postgresql" and driver == "asyncpg":
        rivals = (
            Rival(
                "declare `psycopg[binary]` and write `postgresql+psycopg://`",
                "it reads libpq's own parameters as they stand",
            ),
        )
    scheme = f"{place.database}+{driver}"
    return Fix(
        f"write `{scheme}://`" + (f" and declare `{known.requirement}`" if known and declared else ""),
        Safety.SAFE,
        (place.renamed(facts, scheme), *((declared,) if declared else ())),
        rivals=rivals,
        requires=(known.requirement,) if known and declared else (),
    )
