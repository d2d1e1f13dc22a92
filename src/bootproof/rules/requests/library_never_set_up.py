"""A library that has to be set up once is used, and nothing sets it up

## What happens
The library says it itself: `FastAPICache.init` or `FastAPILimiter.init` must be called first.

## Why the server cannot start
The server starts; each request that uses the library answers 500. A decorator or a dependency of the library
needs something that is only there once a method of a class of its own was called: a backend, a connection.

## How to recognise it
The library itself raised, in the module that uses a class with a class method `init` (or `setup`,
`configure`), and no own code that the application reaches calls that method.

## How it is fixed
The method is called when the application starts, where what it requires can be made without knowing more: an
object of the one class of the library that fits and takes no arguments.

## Fix safety
Unsafe: which backend is meant is a choice, and the one that needs nothing keeps everything in each process.

## References
https://github.com/long2ice/fastapi-cache, https://github.com/long2ice/fastapi-limiter
"""

import ast
import re
from collections.abc import Iterable, Mapping
from typing import cast

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.lifespan import application, at_start
from bootproof.rules.reading import Meaning, lineage, meaning
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import handler_of

CODE = "BP813"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class that nobody sets up, at the application that should."""
    target = facts.project.target
    made = application(facts, target) if target is not None else None
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or last.own or target is None or not re.match(r"(?:raise|assert)\b", last.source):
            continue
        setup = _never_called(facts, last)
        if setup is None:
            continue
        name = f"{str(setup['class']).rpartition('.')[2]}.{setup['method']}"
        route, own = handler_of(symptom, facts), failure.own_frame
        used = [Location(own.file, own.line)] if own else [Location(route[0], route[1].lineno)] if route else []
        yield finding(
            __name__,
            name,
            file=target.file,
            line=made[0].lineno if made else 1,
            data={"setup": setup},
            cause=f"`{name}` has to be called before the first request, and nothing calls it",
            explanation=f"`{last.module}` raised by itself: it needs what `{name}` is given.",
            related=tuple(Location(each.file, each.line, note="used here") for each in used),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The call in the lifespan, where its arguments can be made."""
    setup, target = cast("Mapping[str, object]", finding.data["setup"]), facts.project.target
    required = cast("list[list[str | None]]", setup["required"])
    paths = [value for _name, value in required]
    if target is None or not all(paths):
        return None
    lines, values = [], []
    for path in paths:
        module, _, name = str(path).partition(":")
        lines.append(f"from {module} import {name}")
        values.append(f"{name}()")
    module, _, owner = str(setup["class"]).rpartition(".")
    lines.append(f"from {module} import {owner}")
    waits = "await " if setup["coroutine"] else ""
    edits = at_start(facts, target, f"{waits}{owner}.{setup['method']}({', '.join(values)})", first=True, lines=lines)
    if edits is None:
        return None
    return Fix(
        f"call `{owner}.{setup['method']}` when the application starts",
        Safety.UNSAFE,
        tuple(edits),
        loses=f"the choice: `{', '.join(values)}` keeps what it holds in each process, and no longer",
        rivals=(Rival("another backend of the library, with an address that a person knows"),),
    )


def _never_called(facts: Facts, last: Frame) -> Mapping[str, object] | None:
    """The first class that the raising module uses and that own code never sets up."""
    answer = facts.ask("setups", module=last.module) if facts.providers(last.module) else None
    for each in answer if isinstance(answer, list) else ():
        if not _is_called(facts, str(each["class"]), str(each["method"])):
            return cast("Mapping[str, object]", each)
    return None


def _is_called(facts: Facts, path: str, method: str) -> bool:
    """Whether own code names the method of the class, under whatever name it imports it, or of an own class below it."""
    for file in facts.files_with(method.encode()):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Attribute) and node.attr == method:
                held = meaning(facts, file, node.value)
                if held is not None and _is_it(facts, held, path):
                    return True
    return False


def _is_it(facts: Facts, held: Meaning, path: str) -> bool:
    if isinstance(held.node, ast.ClassDef):
        above = [(place, base) for place, each in lineage(facts, held.file, held.node) for base in each.bases]
        return any(found.outside and _is_it(facts, found, path) for each in above if (found := meaning(facts, *each)) is not None)
    module, _, name = held.outside.rpartition(".")
    return held.outside == path or (bool(module) and str(facts.ask("origin", path=f"{module}:{name}")).replace(":", ".") == path)
