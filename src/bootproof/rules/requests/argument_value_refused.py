"""An argument is accepted by its name, and its value no more

## What happens
`sessionmaker(engine, autocommit=True)` raises `ArgumentError` when the first session is made.

## Why the server cannot start
The server starts where the factory only keeps its arguments; each request that makes an object answers 500.
A library that has taken something away often keeps the name of the argument, and refuses to be asked for it.

## How to recognise it
The library raised in its own words, and names exactly one keyword that the project's own call, or the call
that made what it calls, passes with a constant for its value.

## How it is fixed
The argument is passed no more, so that its default holds.

## Fix safety
Unsafe: what the argument asked for is done no more. Without `autocommit` only what the code commits is kept.

## References
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "Library-level (but not driver level) Autocommit"
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.calls import drop_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import calls_at_frames
from bootproof.rules.connecting._code import source
from bootproof.rules.registry import finding

CODE = "BP821"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The keyword that the library names."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or last.own or not failure.is_a("sqlalchemy.exc.ArgumentError", "ValueError"):
            continue
        named = set(re.findall(r"[A-Za-z_]\w*(?=\s*=)|(?<=['\"`])[A-Za-z_]\w*(?=['\"`])", failure.message))
        for file, call in calls_at_frames(facts, failure):
            refused = [each for each in call.keywords if each.arg in named and isinstance(each.value, ast.Constant)]
            if len(refused) != 1:
                continue
            (one,) = refused
            frame, library = failure.own_frame, last.module.partition(".")[0]
            yield finding(
                __name__,
                f"{ast.unparse(call.func)}:{one.arg}",
                file=file,
                line=one.value.lineno,
                data={"call": call, "name": one.arg},
                cause=f"`{one.arg}={source(facts, file, one.value)}` is refused by the installed `{library}`",
                explanation="The name of the argument is still known, and this value is not accepted any more.",
                related=(Location(frame.file, frame.line, note="refused here"),) if frame else (),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The argument left out."""
    call, name = finding.data["call"], str(finding.data["name"])
    assert isinstance(call, ast.Call)
    edits = (drop_argument(finding.file, facts.text(finding.file) or b"", call, name),)
    return Fix(f"leave `{name}` out", Safety.UNSAFE, edits, loses=f"what `{name}` asked for: its default holds in its place")
