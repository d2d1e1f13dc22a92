"""A router is declared and nothing includes it

## What happens
The server starts, and none of the router's paths is there: each answers 404.

## Why the server cannot start
It can. This is advice.

## How to recognise it
An `APIRouter` at the top of a module has routes, and no file passes it to `include_router`, mounts it or
reads its routes. Where routers are found by name at run time, none is called forgotten.

## How it is fixed
Not automatically: whether the router is forgotten or unfinished, and under which prefix it belongs, is a
person's choice.

## Fix safety
There is no fix.

## References
https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding
from bootproof.rules.application._parameters import is_test
from bootproof.rules.registry import finding

CODE = "BP490"


def scan(facts: Facts) -> Iterable[Finding]:
    """Every router with routes that nothing includes, tests left out."""
    # a module that is included in the place of its router is a fault of its own
    meant = {each.rpartition(":")[2].rpartition(".")[2] for each in facts.planned if each.startswith("BP404:")}
    for each in facts.project.routers:
        if each.included or not each.paths or is_test(each.file) or each.module.rpartition(".")[2] in meant:
            continue
        if _is_served(each.paths, facts.registered):
            continue  # something includes it at run time: a loop over plugins, a registry
        paths = ", ".join(f"`{path or '/'}`" for path in each.paths[:5])
        yield finding(
            __name__,
            each.name,
            file=each.file,
            line=each.line,
            advice_only=True,
            cause=f"nothing includes the router `{each.name}` of `{each.module}`: its paths answer 404",
            explanation=f"Its routes: {paths}"
            + ("" if each.file in facts.reachable() else ". The application does not import this module either."),
        )


def _is_served(paths: tuple[str, ...], registered: tuple[str, ...]) -> bool:
    telling = [path for path in paths if path.strip("/")]
    return bool(telling) and all(any(route.endswith(path) for route in registered) for path in telling)
