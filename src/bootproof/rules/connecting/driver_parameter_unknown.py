"""A connection parameter that the driver does not accept

## What happens
The first connection raises `TypeError`, or `ProgrammingError` where libpq reads the parameters. Typical are
libpq's `connect_timeout` and `options` on asyncpg, asyncpg's `statement_cache_size` on psycopg, sqlite3's
`check_same_thread` on either, and Prisma's `pgbouncer=true`.

## Why the server cannot start
SQLAlchemy hands every parameter of the URL, and every entry of `connect_args`, to the driver's `connect` as
a keyword. Each driver knows its own.

## How to recognise it
The driver was being connected, its `connect` or its parser of parameters does not accept the name, and the
URL or `connect_args` holds it. Only one shows at a time.

## How it is fixed
In `connect_args` it gets the driver's own name where there is one: `connect_timeout` becomes `timeout`,
`options` become `server_settings`, `statement_cache_size=0` becomes `prepare_threshold=None`, and the other
way about. Else, and in a URL, whose parameters are text, it is dropped.

## Fix safety
Safe where it gets another name, and for what only SQLite means; unsafe where it is dropped, because what it
asked for is then not done.

## References
https://magicstack.github.io/asyncpg/current/api/index.html,
https://www.psycopg.org/psycopg3/docs/api/connections.html,
https://docs.sqlalchemy.org/en/20/core/engines.html
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._parameters import Place, needs, place_of, refused, takes
from bootproof.rules.connecting._translations import SQLITE_ALONE, TWINS, translations
from bootproof.rules.registry import finding

CODE = "BP603"
OTHERS = frozenset({"sslmode", "channel_binding"})  # rules of their own


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place that passes the keyword which the driver refused."""
    found = refused(symptom, facts)
    if found is None or found[1] in OTHERS:
        return
    driver, parameter = found
    place = place_of(parameter, facts, CODE, f":{parameter}")
    if place is None:
        return
    yield finding(
        __name__,
        f"{place.key}:{parameter}",
        file=place.file,
        line=place.line,
        given=needs(facts),
        data={"place": place, "parameter": parameter, "driver": driver},
        cause=f"`{place.key}` passes `{parameter}`, which {driver} does not accept",
        explanation="SQLAlchemy hands every parameter of the URL, and every entry of `connect_args`, to the "
        "driver's `connect` as a keyword.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The driver's own name for it, else the connection without it."""
    place, parameter = finding.data["place"], str(finding.data["parameter"])
    assert isinstance(place, Place)
    driver = str(finding.data["driver"])
    if TWINS.get(parameter) in place.beside:
        return Fix(f"drop `{parameter}`: `{TWINS[parameter]}` says it", Safety.SAFE, (place.removed(facts),))
    for name, code in translations(parameter, place.value) if place.kind == "dict" else ():
        if name not in place.beside and takes(driver, name, facts):
            edits = (place.replaced(facts, f'"{name}": {code}'),)
            return Fix(f"pass `{parameter}` as `{name}`", Safety.SAFE, edits)
    if parameter in SQLITE_ALONE:
        return Fix(f"drop `{parameter}`, which only SQLite knows", Safety.SAFE, (place.removed(facts),))
    return Fix(
        f"drop `{parameter}`",
        Safety.UNSAFE,
        (place.removed(facts),),
        loses=f"what `{parameter}` asks for; {driver} has no parameter of that name",
    )
