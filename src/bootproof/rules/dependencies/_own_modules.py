"""What an import that was not found takes, and whether an own module is meant that the start does not look for."""

import ast

from bootproof.model.facts import Facts
from bootproof.model.symptom import Frame
from bootproof.rules.reading import statement_at, top_level

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def taken(facts: Facts, frame: Frame, module: str) -> frozenset[str]:
    """The names that the statement which failed takes from the module."""
    tree = facts.syntax(frame.file)
    node = statement_at(tree, frame.line) if tree is not None else None
    if not isinstance(node, ast.ImportFrom) or node.level or node.module != module:
        return frozenset()
    return frozenset(alias.name for alias in node.names if alias.name != "*")


def is_root(facts: Facts, module: str) -> bool:
    """Whether it is the audited folder itself that is imported, by its name: found by a start from the folder above."""
    if module != facts.project.root.name:
        return False
    inside = {file.partition("/")[0].removesuffix(".py") for file in facts.python_files()}
    for file in facts.files_with(f"{module}.".encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            name = node.module or "" if isinstance(node, ast.ImportFrom) and not node.level else ""
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [name]
            if any(each.startswith(f"{module}.") and each.split(".")[1] in inside for each in names):
                return True
    return False


def elsewhere(facts: Facts, module: str, names: frozenset[str]) -> bool:
    """Whether an own file of the module's name binds all that is imported: the start does not look for it there."""
    for file in facts.python_files():
        tree = facts.syntax(file) if f"/{file}".endswith(f"/{module}.py") else None
        bound = {each.name for each in top_level(tree.body) if isinstance(each, _DEFINITIONS)} if tree is not None else set()
        if names <= bound:
            return True
    return False
