"""A declared release has no wheel for this interpreter, and cannot be built here

## What happens
The project pins a release that is older than the Python that runs it. There is no wheel of it for that Python,
so the installer builds it from source, and the build fails: the C or Rust code does not know that Python yet, or
a compiler or a library is not there (`psycopg2` needs `pg_config`).

## Why the server cannot start
What is not built is not installed; the installer then installs nothing at all.

## How to recognise it
The installer says that it could not build a distribution, or that none of its wheels fits; the project declares
it, or what requires it.

## How it is fixed
The pin is loosened so that a newer release may be taken. Where the project holds nothing back, a
distribution with wheels that was verified to provide the same module is declared in its place. Each is tried by
installing all.

## Fix safety
Unsafe: a newer release may behave otherwise; another distribution brings its own copy of the C library.

## References
PyPA guide, "Packaging binary extensions"; Psycopg documentation, "Installation"; the installer's own words.
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.project import Requirement
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import replacement, top
from bootproof.rules.dependencies._refusals import brief, refusal, spoken_of
from bootproof.rules.dependencies._releases import asking, exact, held_back, in_turn
from bootproof.rules.registry import finding

CODE = "BP112"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the declared distribution that could not be built, or that brings it."""
    refused = refusal(symptom)
    if refused is None or refused[0] != "build":
        return
    _, names, words = refused
    found = spoken_of(facts, names[:1], words.partition("[stdout]")[0])
    if not found:
        return
    one = found[0]
    what = names[0] if names and names[0] != one.name else ""
    yield finding(
        __name__,
        one.name,
        file=one.file,
        line=one.line,
        cause=f"`{one.text.strip()}` brings `{what}`, which cannot be built here"
        if what
        else f"`{one.text.strip()}` has no wheel for this Python, and cannot be built here",
        explanation=brief(words),
        related=tuple(Location(each.file, each.line, note="named by the installer") for each in found[1:]),
        data={"requirement": one},
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Loosens the pin, or names a distribution with wheels."""
    old = finding.data["requirement"]
    assert isinstance(old, Requirement)
    made: list[Fix | None] = []
    if held_back(old):
        pinned = exact(old)
        loses = f"`{old.name}` may behave otherwise in a newer version"
        made += [asking(facts, old.name, each, Safety.UNSAFE, loses) for each in ([f">={pinned}"] if pinned else [""])]
    else:
        module = next((each for each in facts.project.imports if top(each) == old.name.replace("-", "_")), "")
        for other in facts.offers(top(module)) if module else ():
            edit = replacement(facts, old, other) if other != old.name else None
            loses = f"`{other}` brings its own copy of what `{old.name}` is built with"
            title = f"declare `{other}` in place of `{old.name}`"
            made.append(Fix(title, Safety.UNSAFE, (edit,), loses=loses) if edit else None)
    return in_turn(made) or Fix(f"install what the build of `{old.name}` needs", Safety.PLACEHOLDER)
