"""What an endpoint depends on: each `Depends(…)` of its parameters, and of what these depend on in turn."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.rules.reading import DEPTH, Function, Meaning, meaning, outside

NAMES = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.param_functions.Depends"})


@dataclass(frozen=True)
class Dependency:
    """One `Depends(target)`: where it is written, and what the target stands for."""

    file: str
    call: ast.Call
    target: ast.expr
    stands: Meaning


def dependencies(facts: Facts, file: str, function: Function, depth: int = 0) -> Iterator[Dependency]:
    """Those of an endpoint: of its parameters, of its decorators, and below."""
    arguments = function.args
    held: list[ast.AST | None] = [*arguments.defaults, *arguments.kw_defaults, *function.decorator_list]
    held += [each.annotation for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    for node in held if depth < DEPTH else ():
        for each in _in(facts, file, node):
            yield each
            if isinstance(each.stands.node, Function):
                yield from dependencies(facts, each.stands.file, each.stands.node, depth + 1)


def everywhere(facts: Facts, stands: Meaning) -> Iterator[Dependency]:
    """Every `Depends` of the project that names this own function or object."""
    for file in facts.files_with(b"Depends"):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            found = _of(facts, file, node)
            if found is not None and (found.stands.file, found.stands.name) == (stands.file, stands.name):
                yield found


def _in(facts: Facts, file: str, node: ast.AST | None) -> Iterator[Dependency]:
    if isinstance(node, ast.Name | ast.Attribute):  # an alias: Session = Annotated[AsyncSession, Depends(get_session)]
        found = meaning(facts, file, node)
        if found is not None and isinstance(found.node, ast.expr) and found.node is not node:
            yield from _in(facts, found.file, found.node)
        return
    for each in ast.walk(node) if node is not None else ():
        one = _of(facts, file, each)
        if one is not None:
            yield one


def _of(facts: Facts, file: str, node: ast.AST) -> Dependency | None:
    if not isinstance(node, ast.Call) or outside(facts, file, node.func) not in NAMES:
        return None
    target = node.args[0] if node.args else next((each.value for each in node.keywords if each.arg == "dependency"), None)
    stands = meaning(facts, file, target) if target is not None else None
    return Dependency(file, node, target, stands) if target is not None and stands is not None else None
