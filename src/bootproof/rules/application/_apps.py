"""The project's own applications: where each is made, under which name, and the own functions that it is given."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from bootproof.model.facts import Facts
from bootproof.rules.reading import DEPTH, Function, covers, function_at, keyword, meaning

APPLICATION = "starlette.applications.Starlette"
_NAMES = frozenset({"FastAPI", "Starlette"})


@dataclass(frozen=True)
class App:
    """One application of FastAPI or Starlette: the call that makes it and the statement around it.

    `name` is the variable that holds it, "" where none does; `inside` the function that makes it, if one does.
    """

    file: str
    call: ast.Call
    statement: ast.stmt
    name: str
    inside: Function | None

    def given(self, name: str) -> ast.expr | None:
        """What it is given under a keyword."""
        return keyword(self.call, name)


def apps(facts: Facts) -> tuple[App, ...]:
    """Every application that code which the target reaches makes, in the order of files and lines."""
    return tuple(
        each
        for file in sorted(facts.reachable())
        for each in _in_file(facts, file)
    )


def is_application(facts: Facts, file: str, node: ast.AST, depth: int = 0) -> bool:
    """Whether an expression names a class of applications: FastAPI's, Starlette's, or an own one derived from them."""
    found = meaning(facts, file, node)
    if found is None or depth > DEPTH:
        return False
    if isinstance(found.node, ast.ClassDef):
        return any(is_application(facts, found.file, base, depth + 1) for base in found.node.bases)
    if not found.outside:
        return False
    if found.last in _NAMES:
        return True
    module, _, name = found.outside.rpartition(".")
    likely = bool(module) and any(part in name for part in ("API", "App", "Api"))  # it is not asked for every class
    return likely and APPLICATION in cast("list[str]", facts.ask("mro", path=f"{module}:{name}") or [])


def app_of(facts: Facts, file: str, node: ast.AST, depth: int = 0) -> App | None:
    """The application that a name or attribute stands for, where it is one of the project's own.

    A parameter stands for the one application that own calls of its function pass.
    """
    inside = function_around(facts, file, node)
    for each in _in_file(facts, file) if isinstance(node, ast.Name) else ():
        if each.inside is not None and each.inside is inside and each.name == getattr(node, "id", ""):
            return each
    if isinstance(node, ast.Name) and inside is not None and node.id in (each.arg for each in parameters(inside)):
        passed = [app_of(facts, *each, depth + 1) for each in _passed(facts, file, inside, node.id)] if depth < DEPTH else []
        one = {id(each.call): each for each in passed if each is not None}
        return next(iter(one.values())) if len(one) == 1 else None
    found = meaning(facts, file, node)
    if found is None or not isinstance(found.node, ast.Call):
        return None
    return next((each for each in _in_file(facts, found.file) if each.call is found.node), None)


def parameters(function: Function) -> list[ast.arg]:
    """The parameters of a function that can be passed by position, in order, then those by name alone."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _passed(facts: Facts, file: str, function: Function, name: str) -> Iterator[tuple[str, ast.expr]]:
    """What own calls of a function pass for a parameter, with the file of each call."""
    position = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    for where in facts.files_with(function.name.encode()):
        tree = facts.syntax(where) if where in facts.reachable() else None
        for call in ast.walk(tree) if tree is not None else ():
            if not isinstance(call, ast.Call) or own_function(facts, where, call.func) != (file, function):
                continue
            index = position.index(name) if name in position else len(call.args)
            given = keyword(call, name) or (call.args[index] if index < len(call.args) else None)
            if given is not None:
                yield where, given


def function_around(facts: Facts, file: str, node: ast.AST) -> Function | None:
    """The innermost function whose body holds a node."""
    tree = facts.syntax(file)
    line = getattr(node, "lineno", 0)
    around = function_at(tree, line) if tree is not None else None
    while around is not None and tree is not None and not _in_body(around, node):
        outer = [each for each in ast.walk(tree) if isinstance(each, Function) and _in_body(each, around)]
        around = max(outer, key=lambda each: each.lineno, default=None)
    return around


def own_function(facts: Facts, file: str, node: ast.AST | None) -> tuple[str, Function] | None:
    """The own function that an expression names, at module level or in the function around; None for anything else."""
    if node is None:
        return None
    around = function_around(facts, file, node)
    for each in ast.walk(around) if around is not None and isinstance(node, ast.Name) else ():
        if isinstance(each, Function) and each is not around and each.name == getattr(node, "id", ""):
            return file, each
    found = meaning(facts, file, node)
    return (found.file, found.node) if found is not None and isinstance(found.node, Function) else None


def defined(facts: Facts, path: str) -> tuple[str, Function | ast.ClassDef] | None:
    """The own function or class behind "module:qualname"."""
    module, _, qualname = path.partition(":")
    file = facts.file_of(module)
    tree = facts.syntax(file) if file is not None else None
    body: list[ast.stmt] = tree.body if tree is not None else []
    found: Function | ast.ClassDef | None = None
    for part in qualname.replace(".<locals>", "").split("."):
        found = next((each for each in _definitions(body) if each.name == part), None)
        if found is None:
            return None
        body = found.body
    return (file, found) if file is not None and found is not None else None


def _definitions(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for each in body:
        if isinstance(each, Function | ast.ClassDef):
            yield each
        else:
            for name in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(each, name, []))


def _in_file(facts: Facts, file: str) -> Iterator[App]:
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree is not None else ():
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) else None
        if not isinstance(value, ast.Call) or not is_application(facts, file, value.func):
            continue
        assert isinstance(node, ast.stmt)  # by the three kinds above
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [each.id for each in targets if isinstance(each, ast.Name)]
        yield App(file, value, node, names[0] if names else "", function_around(facts, file, node))


def _in_body(function: Function, node: ast.AST) -> bool:
    return any(covers(each, getattr(node, "lineno", 0)) for each in function.body) and function is not node
