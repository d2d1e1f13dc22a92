"""`sslmode` in the connection URL is not a parameter of asyncpg

## What happens
The first connection raises `TypeError`: the driver's `connect` got an unexpected keyword argument
`sslmode`.

## Why the server cannot start
SQLAlchemy hands every parameter of the URL to the driver's `connect` as a keyword. `sslmode` is libpq's
name (psycopg2, psycopg 3); asyncpg calls the same choice `ssl`.

## How to recognise it
SQLAlchemy's dialect raised the error, the driver's `connect` does not accept `sslmode`, and the URL in the
settings or in the code holds it.

## How it is fixed
`sslmode=…` becomes `ssl=…`; the value stays. asyncpg reads the same six words, `disable` to `verify-full`,
and for `verify-ca` and `verify-full` looks for the root certificate where libpq does.

## Fix safety
Safe: the meaning is kept. Dropping the parameter instead would start as well, and silently give TLS up.

## References
https://magicstack.github.io/asyncpg/current/api/index.html (`ssl`),
https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._parameters import Place, needs, place_of, refused
from bootproof.rules.registry import finding

CODE = "BP601"
MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The URL whose `sslmode` the driver refused."""
    found = refused(symptom, facts)
    if found is None or found[1] != "sslmode" or not _takes_ssl(found[0], facts):
        return
    place = place_of("sslmode", facts, CODE)
    if place is None:
        return
    verify = place.value.startswith("verify-")
    yield finding(
        __name__,
        place.key,
        file=place.file,
        line=place.line,
        given=needs(facts),
        data={"place": place},
        cause=f"`{place.key}` passes `sslmode`, which {found[0]} does not know: it calls it `ssl`",
        explanation="SQLAlchemy hands every parameter of the URL to the driver's `connect` as a keyword. "
        "`ssl` takes the same words, so that TLS stays as strict as it is."
        + (" The root certificate is looked for where libpq looks: `~/.postgresql/root.crt`." if verify else ""),
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`ssl` in the place of `sslmode`; nothing for a word that no driver knows."""
    place = finding.data["place"]
    assert isinstance(place, Place)
    value = place.value.strip("\"'")
    if place.kind == "url" and value and value not in MODES:
        return None
    rivals = (Rival("psycopg 3 with `postgresql+psycopg://`", "it reads libpq's own parameters as they stand"),)
    if "ssl" in place.beside:
        return Fix(
            "drop `sslmode`: `ssl` is given as well",
            Safety.UNSAFE,
            (place.removed(facts),),
            loses="what `sslmode` says, where it is stricter than `ssl`",
            rivals=rivals,
        )
    return Fix("pass `sslmode` as `ssl`", Safety.SAFE, (place.renamed(facts, "ssl"),), rivals=rivals)


def _takes_ssl(driver: str, facts: Facts) -> bool:
    return any(each.name == "ssl" for each in facts.accepts(f"{driver}:connect") or ())
