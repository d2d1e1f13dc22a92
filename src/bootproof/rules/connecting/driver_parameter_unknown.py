"""A connection parameter that the driver does not accept

## What happens
The first connection raises `TypeError`: the driver's `connect` got an unexpected keyword argument. Typical
are libpq's `connect_timeout`, `application_name` and `options`, psycopg's `prepare_threshold`, sqlite3's
`check_same_thread` and Prisma's `pgbouncer=true`.

## Why the server cannot start
SQLAlchemy hands every parameter of the URL, and every entry of `connect_args`, to the driver's `connect` as
a keyword. Each driver knows its own.

## How to recognise it
SQLAlchemy's dialect raised the error, the driver's `connect` does not accept the keyword, and the URL or
`connect_args` holds it. Only one shows at a time.

## How it is fixed
In `connect_args` it gets the driver's own name where there is one: `connect_timeout` becomes `timeout`,
`application_name` and `options` become `server_settings`, `prepare_threshold=None` becomes
`statement_cache_size=0`. A parameter of a URL is text, which asyncpg takes for none of these: it is
dropped.

## Fix safety
Safe where it gets another name; unsafe where it is dropped, because what it asked for is then not done.

## References
https://magicstack.github.io/asyncpg/current/api/index.html,
https://docs.sqlalchemy.org/en/20/core/engines.html"""

import ast
import re
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._parameters import Place, needs, place_of, refused
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
    accepted = {each.name for each in facts.accepts(f"{driver}:connect") or ()}
    new = _translated(parameter, place) if place.kind == "dict" else None
    if new and new[0] in accepted and new[0] not in place.beside:
        return Fix(
            f"pass `{parameter}` as `{new[0]}`",
            Safety.SAFE,
            (place.replaced(facts, f'"{new[0]}": {new[1]}'),),
        )
    return Fix(
        f"drop `{parameter}`",
        Safety.UNSAFE,
        (place.removed(facts),),
        loses=f"what `{parameter}` asks for; {driver} has no parameter of that name",
    )


def _translated(parameter: str, place: Place) -> tuple[str, str] | None:
    """The driver's own entry, as (name, code)."""
    value = place.value
    if parameter == "connect_timeout":
        return "timeout", value
    if parameter == "application_name":
        return "server_settings", f'{{"application_name": {value}}}'
    if parameter == "prepare_threshold" and value in ("None", "0"):
        return "statement_cache_size", "0"
    if parameter == "options":
        given = _options(value)
        return ("server_settings", given) if given else None
    return None


def _options(code: str) -> str | None:
    """`-c search_path=app` as a dictionary, in code; None where it is anything else."""
    try:
        text = ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(text, str) or not re.fullmatch(r"\s*(?:-c\s*\w[\w.]*=[^\s\\]+\s*)+", text):
        return None
    pairs = re.findall(r"-c\s*([\w.]+)=([^\s\\]+)", text)
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in pairs) + "}"
