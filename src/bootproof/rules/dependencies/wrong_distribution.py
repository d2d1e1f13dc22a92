"""A namesake of the distribution that the code means is declared

## What happens
The project declares the distribution that bears the name of the module that it imports. The module that the
code means comes from a distribution of another name (`PyJWT` gives `jwt`, `python-jose` gives `jose`).

## Why the server cannot start
The namesake lacks what the code uses, or does not even run on this Python.

## How to recognise it
The project's own import, or its use of the module, raised; the module belongs to a declared distribution of
that very name; and another distribution was verified to provide the same module with the names that are used.

## How it is fixed
The other distribution is declared in place of the namesake.

## Fix safety
Unsafe: both provide the module, and which one was meant is concluded from the names that the code uses.

## References
Core metadata specification; PyPA guide, "Distribution package vs. import package".
"""

import ast
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import is_own, replacement, top
from bootproof.rules.registry import finding

CODE = "BP106"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding where the namesake of an imported module raised at the place that uses it."""
    for failure in symptom.failures:
        frame = failure.own_frame
        tree = facts.syntax(frame.file) if frame else None
        if frame is None or tree is None or failure.is_a("ModuleNotFoundError"):
            continue
        behind = {top(each.module) for each in failure.frames[failure.frames.index(frame) + 1 :]}
        for module, names in sorted(_used_at(tree, frame.line).items()):
            declared = facts.declared(str(canonicalize_name(module)))
            if declared is None or is_own(facts, module) or behind - {module, "importlib", "_frozen_importlib"}:
                continue
            if failure.is_a("AttributeError", "ImportError") and all(
                facts.ask("has", module=module, name=name) is True for name in names
            ):
                continue
            meant = [each for each in facts.offers(module, sorted(names)) if each != declared.name]
            if not meant or not (failure.is_a("AttributeError", "ImportError", "SyntaxError")):
                continue
            yield finding(
                __name__,
                module,
                file=declared.file,
                line=declared.line,
                cause=f"`{declared.name}` is declared, and the code means the `{module}` of `{meant[0]}`",
                explanation=f"What the code takes from `{module}` was found in `{meant[0]}`.",
                related=(Location(frame.file, frame.line, note=f"uses `{module}`"),),
                data={"old": declared.name, "meant": tuple(meant)},
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares the distribution that is meant, in place of its namesake."""
    meant = finding.data["meant"]
    assert isinstance(meant, tuple)
    old = facts.declared(str(finding.data["old"]))
    made = replacement(facts, old, meant[0]) if old else None
    if made is None or old is None:
        return None
    return Fix(
        f"declare `{meant[0]}` in place of `{old.name}`",
        Safety.UNSAFE,
        (made,),
        loses=f"that `{meant[0]}` is meant and not `{old.name}` is concluded from the names that are used",
        rivals=tuple(Rival(f"declare `{each}`", "it provides the module too") for each in meant[1:]),
        requires=(meant[0],),
    )


def _used_at(tree: ast.Module, line: int) -> dict[str, set[str]]:
    """The modules that a line imports or uses, each with the names that the whole file takes from it."""
    modules: dict[str, str] = {}  # bound name -> top-level module
    taken: dict[str, set[str]] = {}
    here: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or top(alias.name)] = top(alias.name)
                here |= {top(alias.name)} if node.lineno == line else set()
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            first = top(node.module)
            if node.module == first:
                taken.setdefault(first, set()).update(each.name for each in node.names if each.name != "*")
            here |= {first} if node.lineno <= line <= (node.end_lineno or line) else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            module = modules[node.value.id]
            taken.setdefault(module, set()).add(node.attr)
            here |= {module} if node.lineno <= line <= (node.end_lineno or line) else set()
    return {module: taken.get(module, set()) for module in here}
