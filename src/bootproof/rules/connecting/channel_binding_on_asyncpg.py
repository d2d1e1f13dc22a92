"""`channel_binding` in the connection URL is not a parameter of asyncpg

## What happens
The first connection raises `TypeError`: the driver's `connect` got an unexpected keyword argument
`channel_binding`. Hosting providers write the parameter into the connection string that they offer.

## Why the server cannot start
SQLAlchemy hands every parameter of the URL to the driver's `connect` as a keyword, and asyncpg has no
channel binding at all. `sslmode`, where it stands beside, is named first and hides this fault.

## How to recognise it
SQLAlchemy's dialect raised the error, the driver's `connect` does not accept `channel_binding`, and the URL
in the settings or in the code holds it.

## How it is fixed
The parameter is dropped, with its `?` or `&`. psycopg 3 would keep it.

## Fix safety
Unsafe for `require`: a protection is given up, because with channel binding nobody who ends the TLS
connection in between can log in. Safe for `prefer` and `disable`, which do without it already.

## References
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._parameters import Place, needs, place_of, refused
from bootproof.rules.registry import finding

CODE = "BP602"
PARAMETER = "channel_binding"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL whose `channel_binding` the driver refused."""
    found = refused(symptom, facts)
    if found is None or found[1] != PARAMETER:
        return
    place = place_of(PARAMETER, facts, CODE)
    if place is None:
        return
    yield finding(
        __name__,
        place.key,
        file=place.file,
        line=place.line,
        given=needs(facts),
        data={"place": place},
        cause=f"`{place.key}` passes `{PARAMETER}`, and {found[0]} has no channel binding",
        explanation="SQLAlchemy hands every parameter of the URL to the driver's `connect` as a keyword.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The URL without the parameter."""
    place = finding.data["place"]
    assert isinstance(place, Place)
    title = f"drop `{PARAMETER}`"
    if place.value.strip("\"'") in ("prefer", "disable"):
        return Fix(title, Safety.SAFE, (place.removed(facts),))
    return Fix(
        title,
        Safety.UNSAFE,
        (place.removed(facts),),
        loses="protection against a man in the middle by channel binding",
        rivals=(Rival("psycopg 3 with `postgresql+psycopg://`", f"it keeps `{PARAMETER}` as it stands"),),
    )
