"""The scheme of a database URL is one that SQLAlchemy does not know

## What happens
`create_engine` or `create_async_engine` raises `NoSuchModuleError`: no dialect has the name in the URL's
scheme.

## Why the server cannot start
Hosting providers hand out `postgres://…`. SQLAlchemy took this name until 1.3; since 1.4 the database is
called `postgresql`, as in PostgreSQL's own documentation.

## How to recognise it
The error's URL is followed to the settings file or the literal that holds it, and the installed SQLAlchemy
says that it does not know the scheme there.

## How it is fixed
The scheme, and nothing else, becomes `postgresql://`; for an asynchronous engine with its asynchronous
driver.

## Fix safety
Safe: `postgres` was an alias for the same database. A scheme that is merely near a known one is not
touched.

## References
https://docs.sqlalchemy.org/en/20/changelog/changelog_14.html (removal of the `postgres` dialect name)
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._urls import (
    ALIASES,
    UrlPlace,
    asynchronous,
    given_drivers,
    makes_async_engine,
    urls,
)
from bootproof.rules.registry import finding

CODE = "BP503"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL whose scheme no dialect has."""
    for failure in symptom.failures:
        if not failure.is_a("sqlalchemy.exc.NoSuchModuleError"):
            continue
        for place in urls(facts, failure):
            if "error" not in facts.dialect(place.scheme) or "error" in facts.dialect(place.database):
                continue
            asks = makes_async_engine(failure)
            driver = place.driver
            if asks and not driver:
                # where none is installed yet, the one that a missing driver is repaired with
                driver = asynchronous(facts, place.database) or "asyncpg"
            scheme = f"{place.database}+{driver}" if driver else place.database
            yield finding(
                __name__,
                place.key,
                file=place.file,
                line=place.line,
                given=given_drivers(facts) if asks else (),
                cause=f"SQLAlchemy knows no scheme `{place.scheme}://`: the database is called `{place.database}`",
                explanation=f"SQLAlchemy dropped the alias in 1.4. `{scheme}://` reaches the same database.",
                data={"place": place, "scheme": scheme},
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The scheme as SQLAlchemy spells it."""
    place = finding.data["place"]
    assert isinstance(place, UrlPlace)
    if place.scheme.partition("+")[0].lower() not in ALIASES:
        return None
    scheme = str(finding.data["scheme"])
    return Fix(f"write `{scheme}://`", Safety.SAFE, (place.renamed(facts, scheme),))
