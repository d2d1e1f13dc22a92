"""Middleware as the project adds it: `app.add_middleware(Class, …)` and `Middleware(Class, …)`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.rules.reading import keyword, meaning


@dataclass(frozen=True)
class Added:
    """One addition: the call, and what is added by it."""

    file: str
    call: ast.Call
    given: ast.expr

    @property
    def options(self) -> tuple[ast.keyword, ...]:
        """The keywords that go to the middleware's class."""
        return tuple(each for each in self.call.keywords if each.arg not in (None, "middleware_class", "cls"))


def additions(facts: Facts) -> Iterator[Added]:
    """Every addition in code that the target reaches."""
    for file in sorted({*facts.files_with(b"add_middleware"), *facts.files_with(b"Middleware(")} & facts.reachable()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call):
                continue
            method = isinstance(node.func, ast.Attribute) and node.func.attr == "add_middleware"
            found = None if method else meaning(facts, file, node.func)
            listed = found is not None and found.outside.endswith("middleware.Middleware")
            given = node.args[0] if node.args else keyword(node, "middleware_class") or keyword(node, "cls")
            if (method or listed) and given is not None:
                yield Added(file, node, given)
