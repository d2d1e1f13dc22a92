"""A value does not have the type that PostgreSQL expects of the parameter

## What happens
asyncpg raises `DataError`: the value of a query argument is a `str`, and an integer (a date, a UUID) was
expected.

## Why the server cannot start
asyncpg sends values in binary and converts none: PostgreSQL says which type a parameter has, and the value
must have it. psycopg2 sent text, which PostgreSQL converted.

## How to recognise it
asyncpg refused an argument of a statement of the project's own while it encoded it, and no rule knows a
column of the project's own that is the cause.

## How it is fixed
Not automatically. Where the value comes from, a person knows what it should be: it is converted there
(`int(…)`, `date.fromisoformat(…)`), or in SQL with `CAST(… AS …)`.

## Fix safety
There is no fix.

## References
https://magicstack.github.io/asyncpg/current/usage.html#type-conversion
"""

import ast
import re
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Location
from bootproof.model.symptom import Symptom
from bootproof.rules.connecting._code import called, calls_at, label
from bootproof.rules.connecting.raw_sql_string import METHODS
from bootproof.rules.reading import own_frames, text_of
from bootproof.rules.registry import finding

CODE = "BP618"
YIELDS_TO = ("BP614",)
_ARGUMENT = re.compile(r"\$(\d+)")
_BIND = re.compile(r"(?<![:\w\\]):(\w+)")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that passes the value, and the value where the call holds it."""
    refused = next((each for each in symptom.failures if each.is_a("asyncpg.exceptions.DataError")), None)
    frame = next((frame for failure in symptom.failures for frame in own_frames(failure)), None)
    if refused is None or frame is None:
        return
    number = _ARGUMENT.search(refused.message)  # the argument's number stands in the message alone
    for call in calls_at(facts, frame):
        if called(call) not in METHODS and called(call) not in ("commit", "flush", "fetch", "fetchrow", "fetchval"):
            continue
        name, value = _value(call, int(number[1]) if number else 0)
        what = f"`{name}`" if name else f"argument {number[1]}" if number else "an argument"
        kind = f"`{type(value.value).__name__}`" if isinstance(value, ast.Constant) else "value"
        yield finding(
            __name__,
            f"{label(facts, frame.file, frame.line)}:{called(call)}:{name or (number[1] if number else '')}",
            file=frame.file,
            line=value.lineno if value is not None else call.lineno,
            cause=f"{what} of the statement is given a {kind}, and PostgreSQL expects another type",
            explanation="asyncpg converts no value: convert it where it comes from, or in SQL with `CAST(… AS …)`.",
            related=(Location(frame.file, call.lineno, note="executed here"),),
        )
        return


def _value(call: ast.Call, number: int) -> tuple[str, ast.expr | None]:
    """The name of the parameter, in order of its first place in the text, and its value in the call."""
    first = call.args[0] if call.args else None
    written = first.args[0] if isinstance(first, ast.Call) and first.args else first
    names = list(dict.fromkeys(_BIND.findall(text_of(written) or "")))
    name = names[number - 1] if 0 < number <= len(names) else ""
    given = call.args[1] if len(call.args) > 1 else None
    for key, value in zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ():
        if name and text_of(key) == name:
            return name, value
    return name, None
