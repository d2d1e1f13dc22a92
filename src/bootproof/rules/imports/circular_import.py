"""Modules import each other and one of them is needed before it is complete

## What happens
Importing one module leads back to itself, and a name is taken from it that it has not bound yet.

## Why the server cannot start
Python runs a module once, from top to bottom. Whoever comes back to it in the middle sees what is bound so
far; `from module import name` then raises `ImportError`, `module.name` raises `AttributeError`.

## How to recognise it
The module that lacks the name is one of the project's own whose own execution is still on the stack. Cycles
that do not raise are no finding.

## How it is fixed
One import of the cycle is made late: the one whose names are only used inside functions, and in the fewest
of them. Names that only annotations use go under `TYPE_CHECKING`.

## Fix safety
Safe: every use of the names is inside functions or annotations. Where each module needs the next one at
once there is no fix: what both need belongs in a third module.

## References
Python documentation, "The import system", section "Submodules"; programming FAQ, "What are the best
practices for using import in a module?".
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bootproof.edits.late_imports import make_import_local, under_type_checking
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.imports._statements import Import, dotted, meant, module_named, raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP202"
YIELDS_TO = ("BP209",)


@dataclass(frozen=True)
class _Edge:
    """One import of the cycle, and how it could be made late: the edits, and what that costs."""

    file: str
    line: int
    node: Import | None
    edits: tuple[AnyEdit, ...] = ()

    @property
    def cost(self) -> tuple[int, int, str]:
        return len(self.edits), len(self.node.names) if self.node else 0, self.file


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the cycle that raised."""
    for failure in symptom.failures:
        edges = _cycle(failure, facts)
        if not edges:
            continue
        edges = [_movable(each, facts) for each in edges]
        movable = sorted((each for each in edges if each.edits), key=lambda each: each.cost)
        best = movable[0] if movable else None
        # a cycle has no first module: it is told from the one that is changed, else from the first by name
        first = best or min(edges, key=lambda each: each.file)
        at = edges.index(first)
        told = [*edges[at:], *edges[:at]]
        modules = [facts.module_of(each.file) for each in told]
        yield finding(
            __name__,
            ",".join(sorted(modules)),
            file=first.file,
            line=first.node.lineno if first.node else first.line,
            end_line=first.node.end_lineno if first.node else None,
            cause=f"the modules {', '.join(f'`{each}`' for each in modules)} import each other in a circle",
            explanation="Whichever is imported first is still incomplete when the circle comes back to it.",
            related=tuple(
                Location(each.file, each.line, note=f"imports {modules[(number + 1) % len(modules)]}")
                for number, each in enumerate(told)
            ),
            data={"movable": tuple((each.file, each.edits, _names(each.node)) for each in movable)},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Makes one import of the cycle late; another one where that does not help."""
    movable = finding.data["movable"]
    assert isinstance(movable, tuple)
    made = [
        Fix(f"import {names} where it is used, not when `{file}` is loaded", Safety.SAFE, edits)
        for file, edits, names in movable
    ]
    return replace(made[0], otherwise=tuple(made[1:])) if made else None


def _cycle(failure: Failure, facts: Facts) -> list[_Edge]:
    """The imports of the cycle in the order in which they ran; empty where there is no cycle."""
    frames = [each for each in raised_at(failure) if each.own and each.function == "<module>"]
    if not frames or not raised_at(failure)[-1].own:
        return []
    last = raised_at(failure)[-1]  # a class body at module level has a frame of its own
    if last.file != frames[-1].file:
        return []
    module = _incomplete(failure, last.file, last.line, facts)
    file = facts.file_of(module) if module else None
    start = next((number for number, each in enumerate(frames) if each.file == file), None)
    if file is None or start is None:
        return []
    edges = []
    for each in frames[start:]:
        node = statement_at(facts, each.file, each.line)
        edges.append(_Edge(each.file, node.lineno if node else each.line, node))
    if edges[-1].node is None:  # `module.name` raised: the import that closes the circle stands above
        closing = _import_of(facts, last.file, str(module))
        edges[-1] = _Edge(last.file, closing.lineno if closing else last.line, closing)
    # a package's own __init__ on the way to one of its modules imports nothing itself
    return [
        edge for number, edge in enumerate(edges) if number == len(edges) - 1 or edge.file != edges[number + 1].file
    ]


def _incomplete(failure: Failure, file: str, line: int, facts: Facts) -> str | None:
    """The own module from which a name was wanted too early."""
    if failure.is_a("ModuleNotFoundError"):
        return None
    node = statement_at(facts, file, line)
    if failure.is_a("ImportError"):
        return module_named(facts, file, node) if isinstance(node, ast.ImportFrom) else None
    name, tree = failure.facts.get("name"), facts.syntax(file)
    if not failure.is_a("AttributeError") or not isinstance(name, str) or tree is None:
        return None
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and each.attr == name and each.lineno <= line <= (each.end_lineno or 0):
            written = dotted(each.value)
            module = meant(tree, written) if written else None
            if module and facts.file_of(module):
                return module
    return None


def _import_of(facts: Facts, file: str, module: str) -> Import | None:
    for node in ast.walk(facts.syntax(file) or ast.Module([], [])):
        if isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
            return node
        if isinstance(node, ast.ImportFrom) and any(
            f"{module_named(facts, file, node)}.{alias.name}" == module for alias in node.names
        ):
            return node
    return None


def _movable(edge: _Edge, facts: Facts) -> _Edge:
    text = facts.text(edge.file)
    if text is None or edge.node is None or _taken_elsewhere(edge, facts):
        return edge
    edits = make_import_local(edge.file, text, edge.node) or under_type_checking(edge.file, text, edge.node)
    return _Edge(edge.file, edge.line, edge.node, edits or ())


def _taken_elsewhere(edge: _Edge, facts: Facts) -> bool:
    """Whether another own module takes one of the names from this file, which must go on to bind it."""
    assert edge.node is not None
    bound = {alias.asname or alias.name for alias in edge.node.names}
    module = facts.module_of(edge.file)
    for file in facts.files_with(module.rpartition(".")[2].encode()):
        for node in ast.walk(facts.syntax(file) or ast.Module([], [])):
            if (
                isinstance(node, ast.ImportFrom) and file != edge.file and module_named(facts, file, node) == module
            ) and any(alias.name == "*" or alias.name in bound for alias in node.names):
                return True
    return False


def _names(node: Import | None) -> str:
    return ", ".join(f"`{alias.name}`" for alias in node.names) if node else ""
