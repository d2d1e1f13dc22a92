"""Which own function answers a request."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Symptom
from bootproof.rules.reading import Function, keyword

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route"})


def handler_of(symptom: Symptom, facts: Facts) -> tuple[str, Function] | None:
    """The file and function that a request's path leads to; None where the source does not tell one alone.

    The application's router told it for most requests. Else a symptom of the stages `requests` and `ready` says
    `METHOD path` in its note.
    """
    told = symptom.endpoint
    tree = facts.syntax(told.file) if told is not None else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, Function) and told is not None and node.name == told.function:
            first = min((each.lineno for each in node.decorator_list), default=node.lineno)
            if first <= told.line <= node.lineno:  # a function's own first line is that of its decorators
                return told.file, node
    asked = re.match(r"([A-Z]+) (/\S*)", symptom.note)
    if asked is None:
        return None
    found: list[tuple[int, str, Function]] = []
    for each in routes(facts):
        if each.method not in (asked[1].lower(), "api_route", "route"):
            continue
        # a router's prefix stands before the path that its decorator names
        plain = re.escape(each.path).replace(r"\{", "{").replace(r"\}", "}")
        pattern = re.sub(r"\\\{[^}]*\\\}|\{[^}]*\}", "[^/]+", plain)
        if re.search(pattern + "$", asked[2].partition("?")[0]):
            found.append((len(each.path), each.file, each.function))
    best = max((length for length, _file, _function in found), default=0)
    longest = [each for each in found if each[0] == best]
    return longest[0][1:] if len(longest) == 1 else None


@dataclass(frozen=True)
class Route:
    """A function with the decorator that makes it a route: the decorator's method, its path, and that literal."""

    file: str
    function: Function
    method: str
    path: str
    literal: ast.Constant


def routes(facts: Facts) -> Iterator[Route]:
    """Every route that a decorator of the files that the target reaches declares."""
    for file in facts.python_files():
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            for each in node.decorator_list if isinstance(node, Function) else ():
                if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Attribute) or each.func.attr not in METHODS:
                    continue
                given = each.args[0] if each.args else keyword(each, "path")
                if isinstance(given, ast.Constant) and isinstance(given.value, str) and isinstance(node, Function):
                    yield Route(file, node, each.func.attr, given.value, given)
