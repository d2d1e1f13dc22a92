"""Own modules that bear the name of another one: which files mean which of the two, and a new name for the own one."""

import ast
import posixpath
from dataclasses import dataclass

from bootproof.edits.making import deleted, edit, moved
from bootproof.edits.source import encoding_of
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.rules.imports._statements import bindings, module_named

_PREFIXES = ("app_", "own_", "local_")


@dataclass(frozen=True)
class Uses:
    """The statements of own files that mean the own module; `unclear` where some file may mean either."""

    statements: tuple[tuple[str, ast.Import | ast.ImportFrom], ...]
    unclear: bool = False


def shared(facts: Facts, module: str) -> str | None:
    """The own file behind a top-level name that is another module's as well, None where it is not shared."""
    file = facts.file_of(module) if module and "." not in module else None
    return file if file is not None and facts.exports(module) is not None else None


def defined(facts: Facts, module: str, file: str) -> tuple[frozenset[str], bool]:
    """The names that the own module binds, and whether it may bind more; not those that it takes from that name."""
    tree = facts.syntax(file)
    if tree is None:
        return frozenset(), True
    names, more = bindings(tree)
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module]
    bound = {alias.asname or alias.name for node in taken for alias in node.names}
    plain = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    bound |= {(alias.asname or module) for alias in plain if alias.name.partition(".")[0] == module}
    stars = any(alias.name == "*" for node in taken for alias in node.names)
    return names - bound, more and not (stars and len(taken) == 1)


def freed(facts: Facts, module: str, file: str) -> tuple[Edit, ...] | None:
    """The edits after which the name is the other module's alone; None where that is not plain."""
    text = facts.text(file)
    target = facts.project.target
    if text is None or encoding_of(file, text) != "utf-8" or (target is not None and target.file == file):
        return None
    uses = used(facts, module, file)
    if file.endswith("/__init__.py"):
        # without it the folder is no package that could hide one; its own modules are not imported by this name
        inert = not uses.statements and not uses.unclear and _is_inert(text)
        return (deleted(file, text),) if inert else None
    new = _new_name(facts, module, file)
    if uses.unclear or new is None:
        return None
    edits = list(moved(file, text, posixpath.join(posixpath.dirname(file), f"{new}.py")))
    for importing, statement in uses.statements:
        source = facts.text(importing)
        if source is None or importing == file:
            return None
        start, end = facts.span(importing, statement)
        written = _renamed(statement, module, new)
        if written is None:
            return None
        edits.append(edit(importing, source, start, end, written))
    return tuple(edits)


def used(facts: Facts, module: str, file: str) -> Uses:
    """Which import statements mean the own module, by the names that are taken from it."""
    own, more = defined(facts, module, file)
    statements: list[tuple[str, ast.Import | ast.ImportFrom]] = []
    unclear = False
    for importing in facts.files_with(module.encode()):
        source = facts.syntax(importing)
        for node in ast.walk(source) if source is not None else ():
            names = _taken(facts, importing, source, node, module)
            if names is None or source is None:
                continue
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            foreign = all(facts.ask("has", module=module, name=name) is True for name in names)
            if names and names <= own and not foreign:
                statements.append((importing, node))
            elif not foreign or (importing != file and (more or (names and names <= own))):
                unclear = True
    return Uses(tuple(statements), unclear)


def _taken(
    facts: Facts, file: str, tree: ast.Module | None, node: ast.AST, module: str
) -> frozenset[str] | None:
    """The names that a statement, or what it binds, takes from the module; None where it does not import it."""
    if isinstance(node, ast.ImportFrom):
        named = module_named(facts, file, node)
        if named == module and not node.level:
            return frozenset(alias.name for alias in node.names)
        if named is not None and named.startswith(f"{module}."):
            return frozenset({named.split(".")[1]})
    if isinstance(node, ast.Import) and tree is not None:
        for alias in node.names:
            if alias.name.startswith(f"{module}."):
                return frozenset({alias.name.split(".")[1]})
            if alias.name == module:
                bound = alias.asname or module
                return frozenset(
                    each.attr
                    for each in ast.walk(tree)
                    if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == bound
                )
    return None


def _renamed(statement: ast.Import | ast.ImportFrom, module: str, new: str) -> str | None:
    aliases = [
        f"{alias.name} as {alias.asname}" if alias.asname else alias.name
        for alias in statement.names
        if isinstance(statement, ast.ImportFrom) or alias.name != module
    ]
    if isinstance(statement, ast.ImportFrom):
        return f"from {new} import {', '.join(aliases)}" if statement.module == module else None
    mine = [alias for alias in statement.names if alias.name == module]
    return f"import {', '.join([*aliases, *(f'{new} as {alias.asname or module}' for alias in mine)])}"


def _new_name(facts: Facts, module: str, file: str) -> str | None:
    folder = posixpath.dirname(file)
    for prefix in _PREFIXES:
        new = f"{prefix}{module}"
        if facts.text(posixpath.join(folder, f"{new}.py")) is None and facts.exports(new) is None:
            return new
    return None


def _is_inert(text: bytes) -> bool:
    """Whether a module does nothing: no statement but a docstring."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)
