"""A library is given a keyword argument that it does not accept

## What happens
The call, or the library some frames behind it, raises `TypeError`. A middleware is built when the first scope
arrives: there the server seems to start, skips its lifespan and answers every request with 500.

## Why the server cannot start
The installed version of the class or function has no parameter of that name: it is misspelled, it was
renamed, or it belongs to another one.

## How to recognise it
The callable that refused its arguments is known, it has no parameter of that name and takes no others, and an
own call passes the keyword: the call on the project's own frame, or the one that hands the class on
(`add_middleware(Class, …)`).

## How it is fixed
Where exactly one parameter of that callable resembles the keyword, the value is passed under that name.

## Fix safety
Safe: nothing else that the callable accepts could have been meant. Where none, or several, are near, a person
decides.

## References
https://docs.python.org/3/reference/expressions.html#calls
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import Argument, refused_arguments
from bootproof.rules.registry import finding

CODE = "BP406"
YIELDS_TO = ("BP311", "BP410", "BP502", "BP601", "BP602", "BP603", "BP804")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every keyword of the own call that the callable refused."""
    for failure in symptom.failures:
        for each in refused_arguments(facts, failure):
            if each.callee is None:
                continue  # refused in the library's own words: rules of that library know more
            owner = each.callee.path.rpartition(":")[2]
            yield finding(
                __name__,
                f"{owner}:{each.name}",
                file=each.file,
                line=each.line,
                cause=f"`{owner}` of the installed version has no parameter `{each.name}`",
                explanation=_explained(each),
                data={"argument": each},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The one accepted name that resembles it."""
    argument = finding.data["argument"]
    new = argument.meant() if isinstance(argument, Argument) else ""
    if not new or not isinstance(argument, Argument):
        return None
    return Fix(f"pass it as `{new}`", Safety.SAFE, (argument.renamed(facts, new),))


def _explained(argument: Argument) -> str:
    accepted = argument.callee.accepts if argument.callee else ()
    return "It accepts " + ", ".join(f"`{each}`" for each in accepted[:12]) + (" and more" if len(accepted) > 12 else "")
