"""Which own function answers a request."""

import ast
import re
from collections.abc import Iterator

from bootproof.model.facts import Facts
from bootproof.model.symptom import Symptom
from bootproof.rules.connecting._code import Function

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
    for file, function, method, path in _routes(facts):
        if method not in (asked[1].lower(), "api_route", "route"):
            continue
        # a router's prefix stands before the path that its decorator names
        pattern = re.sub(
            r"\\\{[^}]*\\\}|\{[^}]*\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
        )
        if re.search(pattern + "$", asked[2].partition("?")[0]):
            found.append((len(path), file, function))
    best = max((length for length, _file, _function in found), default=0)
    longest = [each for each in found if each[0] == best]
    return longest[0][1:] if len(longest) == 1 else None


def _routes(facts: Facts) -> Iterator[tuple[str, Function, str, str]]:
    for file in facts.python_files():
        if file not in facts.reachable():
            continue
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, Function):
                continue
            for each in node.decorator_list:
                if (
                    isinstance(each, ast.Call)
                    and isinstance(each.func, ast.Attribute)
                    and each.func.attr in METHODS
                ):
                    given = (
                        each.args[0]
                        if each.args
                        else next((k.value for k in each.keywords if k.arg == "path"), None)
                    )
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield file, node, each.func.attr, given.value
