"""A name is imported and never used

## What happens
A module imports a third-party name that nothing in it uses.

## Why the server cannot start
It does start. It is told because such names are often left over from an earlier way of doing the same
thing.

## How to recognise it
The file imports a name by `from module import name` at its top level, and neither its code, its annotations
nor its `__all__` mentions it; no other file takes it from there.

## How it is fixed
The name is dropped from the statement.

## Fix safety
Safe: modules of third parties stay imported where another name is taken from them, and own modules, whose
import may register something, are left alone.

## References
Python documentation, "The import statement".
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.imports import drop_import
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.words import Safety
from bootproof.rules.imports._statements import is_guarded, module_named
from bootproof.rules.registry import finding

CODE = "BP290"


def scan(facts: Facts) -> Iterable[Finding]:
    """A finding for each statement of a file that the target reaches which imports names in vain."""
    taken = _taken(facts)
    for file in sorted(facts.reachable()):
        tree, text = facts.syntax(file), facts.text(file)
        if tree is None or text is None or file.endswith("__init__.py"):
            continue
        used = _used(tree)
        lines = text.splitlines()
        for node in tree.body:
            if not isinstance(node, ast.ImportFrom) or node.level or not node.module or node.module == "__future__":
                continue
            if facts.file_of(node.module) or is_guarded(tree, node):
                continue
            if any(b"noqa" in line for line in lines[node.lineno - 1 : node.end_lineno]):
                continue
            names = [
                alias.name
                for alias in node.names
                if alias.name != "*"
                and alias.asname != alias.name
                and (alias.asname or alias.name) not in used
                and (file, alias.asname or alias.name) not in taken
            ]
            # a name that the module does not have is another fault
            names = [name for name in names if facts.ask("has", module=node.module, name=name) is True]
            # a module imported for one name only may be imported for what its import does
            if not names or any(facts.file_of(f"{node.module}.{name}") for name in names):
                continue
            written = ", ".join(f"`{name}`" for name in names)
            yield finding(
                __name__,
                f"{node.module}:{','.join(names)}",
                file=file,
                line=node.lineno,
                end_line=node.end_lineno,
                cause=f"nothing uses {written}, imported from `{node.module}`",
                advice_only=True,
                data={"node": node, "names": tuple(names)},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Drops the names."""
    node, names, text = finding.data["node"], finding.data["names"], facts.text(finding.file)
    if not isinstance(node, ast.ImportFrom) or not isinstance(names, tuple) or text is None:
        return None
    return Fix(
        f"drop {', '.join(f'`{each}`' for each in names)}",
        Safety.SAFE,
        (drop_import(finding.file, text, node, names),),
    )


def _used(tree: ast.Module) -> frozenset[str]:
    """Every name that the file reads, in code, in strings that may be annotations, in `__all__`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300:
            found.update(re.findall(r"[A-Za-z_]\w*", node.value))
    return frozenset(found)


def _taken(facts: Facts) -> frozenset[tuple[str, str]]:
    """Names that other own files take from a file: it re-exports them."""
    found = set()
    for file in facts.python_files():
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ImportFrom):
                module = module_named(facts, file, node)
                source = facts.file_of(module) if module else None
                if source:
                    found |= {(source, alias.name) for alias in node.names}
    return frozenset(found)
