"""The URL of an asynchronous engine names no asynchronous driver

## What happens
`create_async_engine` raises while the module with the engine is imported: the driver that the URL selects
is not asynchronous, or it is not even installed.

## Why the server cannot start
A URL such as `postgresql://…` names a database and no driver. SQLAlchemy then takes its default for that
database, which is not the asynchronous driver that the project declares.

## How to recognise it
SQLAlchemy's asyncio extension refuses the driver, or the import of the default driver fails under
`create_async_engine`, while an asynchronous driver of the same database is installed. Which driver a scheme
selects is asked of the installed SQLAlchemy.

## How it is fixed
The scheme, and nothing else of the URL, is written out with the installed driver: `postgresql+asyncpg://…`.

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
from bootproof.rules.engine._urls import UrlPlace, asynchronous, given_drivers, makes_async_engine, urls
from bootproof.rules.registry import finding

CODE = "BP501"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL from which the asynchronous engine could not be made."""
    for failure in symptom.failures:
        if not (_refused(failure) or _not_installed(failure)):
            continue
        for place in urls(facts, failure):
            chosen = facts.dialect(place.scheme)
            if "error" in chosen or (chosen.get("can_async") and chosen.get("available")):
                continue
            driver = asynchronous(facts, place.database)
            if driver is None or driver == place.driver:
                continue
            yield finding(
                __name__,
                place.key,
                file=place.file,
                line=place.line,
                given=given_drivers(facts),
                cause=f"the engine is asynchronous, and `{place.scheme}://` selects {chosen.get('driver')}, which is "
                + ("not asynchronous" if chosen.get("available") else "not installed"),
                explanation=f"`{place.key}` goes to `create_async_engine`, which needs an asynchronous driver. "
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
    imports = any(each.function == "import_dbapi" for each in failure.frames)
    return failure.is_a("ImportError") and imports and makes_async_engine(failure)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The scheme with the driver written out."""
    place, driver = finding.data["place"], finding.data["driver"]
    assert isinstance(place, UrlPlace)
    rivals: tuple[Rival, ...] = ()
    if place.database == "postgresql" and driver != "psycopg":
        rivals = (
            Rival(
                "declare `psycopg[binary]` and write `postgresql+psycopg://`",
                "it reads libpq's own parameters as they stand",
            ),
        )
    return Fix(
        f"write `{place.database}+{driver}://`",
        Safety.SAFE,
        (place.renamed(facts, f"{place.database}+{driver}"),),
        rivals=rivals,
    )
