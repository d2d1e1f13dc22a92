"""A `%` in a value of Alembic's configuration is not doubled

## What happens
`config.set_main_option("sqlalchemy.url", url)` raises `ValueError`, or reading the option raises
`InterpolationSyntaxError`.

## Why the server cannot start
Alembic's configuration is an ini file in which `%(name)s` stands for another option, and a plain `%` is
written `%%`. A password with `%40` in a URL is not. The migrations run before the server, so the server is
never reached.

## How to recognise it
Python's `configparser` refused a value that the project's own line sets, or an option of the ini file whose
value holds a `%` that is neither doubled nor the start of `%(name)s`.

## How it is fixed
In code the value is escaped where it is set: `url.replace("%", "%%")`. In the ini file the sign is doubled.

## Fix safety
Safe: the option then has the value that was meant.

## References
https://alembic.sqlalchemy.org/en/latest/tutorial.html#escaping-characters-in-ini-files,
https://docs.python.org/3/library/configparser.html#interpolation-of-values
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.ini import Option, options
from bootproof.edits.python import replace_node, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at
from bootproof.rules.reading import own_frames, text_of
from bootproof.rules.registry import finding

CODE = "BP660"
SETTERS = {"set_main_option": 1, "set_section_option": 2, "set": 2}  # where the value stands among the arguments
_BARE = re.compile(r"%(?![%(])")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that sets the value, or the option of the ini file."""
    for failure in symptom.failures:
        if not failure.frames or failure.frames[-1].module != "configparser":
            continue
        if failure.is_a("ValueError"):
            yield from _in_code(failure, facts)
        elif failure.is_a("configparser.InterpolationError"):
            yield from _in_ini(failure, facts)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The same value, with every `%` doubled."""
    value, file, text = finding.data["value"], finding.file, facts.text(finding.file) or b""
    edits: tuple[AnyEdit, ...]
    if isinstance(value, Option):
        edits = (value.given(file, text, _BARE.sub("%%", value.value)),)
    else:
        assert isinstance(value, ast.expr)
        written = text_of(value)
        plain = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.JoinedStr)
        if written is not None:
            start, end = facts.span(file, value)
            source = text[start:end].decode("utf-8", "surrogateescape")
            edits = (replace_node(file, text, value, _BARE.sub("%%", source)),)
        else:
            edits = wrap_node(file, text, value, "" if plain else "(", f'{"" if plain else ")"}.replace("%", "%%")')
    return Fix("double the `%`", Safety.SAFE, edits)


def _in_code(failure: Failure, facts: Facts) -> Iterable[Finding]:
    for frame in own_frames(failure):
        for call in calls_at(facts, frame):
            place = SETTERS.get(called(call))
            if place is None or len(call.args) <= place:
                continue
            name = text_of(call.args[place - 1]) or "an option"
            yield finding(
                __name__,
                name,
                file=frame.file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"value": call.args[place]},
                cause=f"`{name}` is set to a value with a `%`, which the configuration reads as the start of a reference",
                explanation="In an ini file a `%` is written `%%`.",
            )
            return


def _in_ini(failure: Failure, facts: Facts) -> Iterable[Finding]:
    for each in facts.project.migrations:
        text = facts.text(each.ini) or b""
        for option in options(text):
            if option.name.lower() == str(failure.facts.get("option")).lower() and _BARE.search(option.value):
                yield finding(
                    __name__,
                    f"{option.section}.{option.name}",
                    file=each.ini,
                    line=option.line,
                    data={"value": option},
                    cause=f"`{option.name}` holds a `%` that is not doubled",
                    explanation="In an ini file a `%` is written `%%`.",
                )
                return
