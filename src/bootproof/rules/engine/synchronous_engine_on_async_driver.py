"""A synchronous engine is given an asynchronous driver

## What happens
The first use of the engine, often `create_all`, raises `MissingGreenlet`.

## Why the server cannot start
`create_engine` calls its driver and waits. An asynchronous driver hands back coroutines, which only
SQLAlchemy's asyncio extension can run.

## How to recognise it
The error is `MissingGreenlet`, and a call of `create_engine` is given a URL whose driver is asynchronous.
That it is, is asked of the installed SQLAlchemy.

## How it is fixed
The URL names a synchronous driver of the same database that is installed. The other repair, to make the
engine and all that uses it asynchronous, is a person's.

## Fix safety
Safe where a synchronous driver is declared and no asynchronous engine takes the same URL. Unsafe where the
driver is only there by chance.

## References
https://docs.sqlalchemy.org/en/20/errors.html#error-xd2s
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._urls import UrlPlace, drivers, engine_calls, synchronous, urls_of
from bootproof.rules.registry import finding

CODE = "BP505"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL of the synchronous engine."""
    if not any(each.is_a("sqlalchemy.exc.MissingGreenlet") for each in symptom.failures):
        return
    shared = {
        place for file, call in engine_calls(facts, "create_async_engine") for place in urls_of(facts, file, call)
    }
    for file, call in engine_calls(facts, "create_engine"):
        for place in urls_of(facts, file, call):
            dialect = facts.dialect(place.scheme)
            if not dialect.get("is_async"):
                continue
            yield finding(
                __name__,
                place.key,
                file=place.file,
                line=place.line,
                cause=f"`create_engine` is synchronous, and `{place.scheme}://` selects an asynchronous driver",
                explanation="An asynchronous driver works under `create_async_engine` alone.",
                data={"place": place, "shared": place in shared},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A synchronous driver in the URL."""
    place = finding.data["place"]
    if not isinstance(place, UrlPlace) or finding.data["shared"]:
        return None
    driver = synchronous(facts, place.database)
    if driver is None:
        return None
    known = next(each for each in drivers(facts, place.database) if each["driver"] == driver)
    module = str(known["module"])
    built_in = place.database == "sqlite" and not facts.providers(module)
    sure = built_in or any(facts.declared(name) for name in facts.providers(module))
    plain = facts.dialect(place.database).get("driver") == driver
    scheme = place.database if plain and built_in else f"{place.database}+{driver}"
    return Fix(
        f"write `{scheme}://`",
        Safety.SAFE if sure else Safety.UNSAFE,
        (place.renamed(facts, scheme),),
        loses="" if sure else f"nothing declares {module}: another installation may lack it",
        rivals=(Rival("make the engine, its sessions and all that uses them asynchronous", "`create_async_engine`"),),
    )
