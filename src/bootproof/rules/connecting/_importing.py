"""How code of a file may say a name of another module, and the edits that import it if nothing does."""

import ast
import sys

from bootproof.edits.making import edit
from bootproof.edits.python import add_import, drop_import
from bootproof.edits.source import line_start
from bootproof.model.edit import AnyEdit, ImportEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import named


def known_as(facts: Facts, file: str, module: str, name: str) -> tuple[str, tuple[AnyEdit, ...]]:
    """What code of the file may write for `module.name`, and the edits that make it mean that."""
    tree = facts.syntax(file)
    bound_by_star = named(facts, file, name)
    if bound_by_star is not None and bound_by_star.outside == f"{module}.{name}":
        return name, ()
    top = tree.body if tree is not None else []
    taken: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if node.module == module and not node.level and alias.name == name and node in top:
                    return alias.asname or name, ()
                taken.add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module and node in top:
                    return f"{alias.asname or module}.{name}", ()
                taken.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            taken.add(node.id)
        elif isinstance(node, ast.arg):
            taken.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            taken.add(node.name)
    bound = name if name not in taken else f"{module.partition('.')[0]}_{name}"
    written = f"from {module} import {name}" + ("" if bound == name else f" as {bound}")
    return bound, (importing(facts, file, written),)


def used_no_more(facts: Facts, file: str, node: ast.AST) -> tuple[AnyEdit, ...]:
    """The edit that imports the name that a node is no more, where nothing else in the file uses it."""
    tree = facts.syntax(file)
    if tree is None or not isinstance(node, ast.Name):
        return ()
    if sum(isinstance(each, ast.Name) and each.id == node.id for each in ast.walk(tree)) != 1:
        return ()
    for each in tree.body:
        if isinstance(each, ast.ImportFrom) and any(alias.asname is None and alias.name == node.id for alias in each.names):
            return (drop_import(file, facts.text(file) or b"", each, (node.id,)),)
    return ()


def asyncio_as(facts: Facts, file: str) -> tuple[str, tuple[AnyEdit, ...]]:
    """What code of the file may write for `asyncio`, and the edits that import it."""
    tree = facts.syntax(file)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "asyncio":
                    return alias.asname or "asyncio", ()
    return "asyncio", (importing(facts, file, "import asyncio"),)


def importing(facts: Facts, file: str, statement: str) -> AnyEdit:
    """The edit that adds an import statement beside those of the same module or package, else at the top."""
    wanted = ast.parse(statement).body[0]
    assert isinstance(wanted, ast.Import | ast.ImportFrom)  # callers write import statements
    module = _module(wanted)
    tree = facts.syntax(file)
    present = [
        node for node in (tree.body if tree is not None else ()) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    present = [node for node in present if _module(node) != "__future__"]
    package = module.partition(".")[0]
    near = [node for node in present if _module(node) == module]
    near = near or [node for node in present if _module(node).partition(".")[0] == package]
    if not near and package in sys.stdlib_module_names:
        near = [node for node in present if _module(node).partition(".")[0] in sys.stdlib_module_names]
    if near:
        start, end = facts.span(file, near[-1])
        return ImportEdit(file, start, end, (), (statement,))
    if present and package in sys.stdlib_module_names:
        text = facts.text(file) or b""
        place = line_start(text, facts.span(file, present[0])[0])
        return edit(file, text, place, place, f"{statement}\n\n")
    return add_import(file, facts.text(file) or b"", statement)


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name
