"""What an expression gives, as a type: from the types seen at a failing frame, and from what installed code declares."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from bootproof.model.facts import Facts
from bootproof.rules.reading import DEPTH, dotted_name, meaning, outside

Names = Mapping[str, str]  # a name as written, and the type that the rehearsal saw behind it


@dataclass(frozen=True)
class Given:
    """`how` a value is had: "" at once, else `await`, `async with`, `with`, `for`, `async for`; and its `type`."""

    how: str = ""
    type: str = ""


def seen_names(facts_of_failure: Mapping[str, object]) -> Names:
    """The types of names at the project's own last frame, as a failure carries them."""
    names = facts_of_failure.get("names")
    return cast("Names", names) if isinstance(names, Mapping) else {}


def gives(facts: Facts, path: str) -> Given | None:
    """What a call of an installed function, type or method gives."""
    answer = facts.ask("gives", path=path)
    if not isinstance(answer, Mapping):
        return None
    return Given(str(answer["how"]), str(answer["type"] or ""))


def speaks(facts: Facts, kind: str, word: str) -> bool:
    """Whether objects of a type can be used in a `with`, `async with`, `await`, `for` or `async for`."""
    answer = facts.ask("speaks", path=kind) if kind else None
    return isinstance(answer, Mapping) and word in answer["protocols"]


def coroutines(facts: Facts, kind: str) -> frozenset[str]:
    """The methods of a type that must be awaited."""
    answer = facts.ask("speaks", path=kind) if kind else None
    return frozenset(answer["coroutines"]) if isinstance(answer, Mapping) else frozenset()


def has_attribute(facts: Facts, kind: str, name: str) -> bool:
    """Whether objects of a type have an attribute, as far as the type tells."""
    answer = facts.ask("speaks", path=kind) if kind else None
    return isinstance(answer, Mapping) and name in answer["attributes"]


def entered(facts: Facts, given: Given | None) -> str:
    """The type that stands behind `as` where the value is entered with `with` or `async with`."""
    if given is None:
        return ""
    if given.how in ("with", "async with"):
        return given.type
    for method in ("__aenter__", "__enter__"):
        found = gives(facts, f"{given.type}.{method}") if given.type else None
        if found is not None and found.type:
            return found.type
    return given.type


def given_by(facts: Facts, file: str, node: ast.expr, names: Names, depth: int = 0) -> Given | None:
    """What an expression gives; None where neither the rehearsal nor a declaration tells."""
    if depth > DEPTH:
        return None
    if isinstance(node, ast.Await):
        inner = given_by(facts, file, node.value, names, depth + 1)
        return Given("", inner.type) if inner is not None and inner.type else None
    if isinstance(node, ast.Call):
        path = _called(facts, file, node.func, names, depth)
        return gives(facts, path) if path else None
    written = dotted_name(node)
    if written in names:
        return Given("", names[written])
    found = meaning(facts, file, node) if written else None
    if found is not None and isinstance(found.node, ast.expr) and found.node is not node:
        return given_by(facts, found.file, found.node, {}, depth + 1)
    return None


def _called(facts: Facts, file: str, function: ast.expr, names: Names, depth: int) -> str:
    """The dotted name of what is called, as the interpreter can be asked for it."""
    path = outside(facts, file, function)
    if path:
        return path
    if isinstance(function, ast.Attribute):
        holder = given_by(facts, file, function.value, names, depth + 1)
        if holder is not None and holder.type and holder.how in ("", "await"):
            return f"{holder.type}.{function.attr}"
    held = given_by(facts, file, function, names, depth + 1) if not isinstance(function, ast.Call) else None
    return f"{held.type}.__call__" if held is not None and held.type and not held.how else ""
