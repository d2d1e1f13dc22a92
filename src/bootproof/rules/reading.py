"""What names in the source stand for, read through the facts: aliases, re-exports, star imports."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame

DEPTH = 8
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Meaning:
    """What a name stands for: something of a distribution (`outside`, dotted), or a node of an own file.

    `name` is the name under which the own file binds it; a whole own module has neither name nor node.
    """

    outside: str = ""
    file: str = ""
    name: str = ""
    node: ast.AST | None = None

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.outside.rpartition(".")[2] or self.name


@dataclass
class _Bound:
    nodes: dict[str, ast.AST] = field(default_factory=dict)
    imported: dict[str, tuple[str, int, str | None]] = field(default_factory=dict)  # module, level, name
    stars: list[tuple[str, int]] = field(default_factory=list)


def meaning(facts: Facts, file: str, node: ast.AST) -> Meaning | None:
    """What a name or a dotted name stands for, at module level, else in the functions around it; None where unknown."""
    name = dotted_name(node)
    found = named(facts, file, name) if name else None
    tree = facts.syntax(file) if name and found is None else None
    for function in _around(tree, getattr(node, "lineno", 0)) if tree is not None else ():
        found = _named_in(facts, file, name, _table_of(function), 0)
        if found is not None:
            return found
    return found


def outside(facts: Facts, file: str, node: ast.AST) -> str:
    """The dotted name of what a name stands for in another distribution, "" where it is own or unknown."""
    found = meaning(facts, file, node)
    return found.outside if found else ""


def named(facts: Facts, file: str, name: str, depth: int = 0) -> Meaning | None:
    """The same for a dotted name as text, at module level."""
    tree = facts.syntax(file)
    return _named_in(facts, file, name, _table_of(tree), depth) if tree is not None and depth <= DEPTH else None


def _named_in(facts: Facts, file: str, name: str, table: "_Bound", depth: int) -> Meaning | None:
    first, _, rest = name.partition(".")
    found = _one_in(facts, file, first, table, depth)
    while rest and found is not None:
        if found.outside:
            return Meaning(outside=f"{found.outside}.{rest}")
        if found.name or found.node is not None:
            return None
        first, _, rest = rest.partition(".")
        below = facts.file_of(f"{facts.module_of(found.file)}.{first}")
        found = _one(facts, found.file, first, depth + 1) or (Meaning(file=below) if below else None)
    return found


def _one(facts: Facts, file: str, name: str, depth: int) -> Meaning | None:
    tree = facts.syntax(file)
    return _one_in(facts, file, name, _table_of(tree), depth) if tree is not None and depth <= DEPTH else None


def _one_in(facts: Facts, file: str, name: str, table: "_Bound", depth: int) -> Meaning | None:
    if name in table.nodes:
        return Meaning(file=file, name=name, node=table.nodes[name])
    if name in table.imported:
        module, level, attribute = table.imported[name]
        absolute = absolute_module(facts, file, module, level)
        return _imported(facts, file, absolute, attribute, depth)
    for module, level in table.stars:
        absolute = absolute_module(facts, file, module, level)
        own = facts.file_of(absolute)
        if own and own != file:
            found = _one(facts, own, name, depth + 1)
            if found is not None:
                return found
        elif not own and name in (facts.exports(absolute) or ()):
            return Meaning(outside=f"{absolute}.{name}")
    return None


def _imported(facts: Facts, file: str, module: str, attribute: str | None, depth: int) -> Meaning | None:
    own = facts.file_of(module)
    if attribute is None:
        return Meaning(file=own) if own else Meaning(outside=module)
    below = facts.file_of(f"{module}.{attribute}")
    if own and own != file:
        found = _one(facts, own, attribute, depth + 1)
        if found is not None:
            return found
    if below:
        return Meaning(file=below)
    return None if own else Meaning(outside=f"{module}.{attribute}")


def lineage(facts: Facts, file: str, node: ast.ClassDef, depth: int = 0) -> Iterator[tuple[str, ast.ClassDef]]:
    """A class and the own classes that it inherits from, the nearest first, each with its file."""
    yield file, node
    for base in node.bases if depth < DEPTH else ():
        found = meaning(facts, file, base)
        if found is not None and isinstance(found.node, ast.ClassDef) and found.node is not node:
            yield from lineage(facts, found.file, found.node, depth + 1)


def absolute_module(facts: Facts, file: str, module: str, level: int) -> str:
    """The absolute name of the module that an import statement of this file names."""
    if not level:
        return module
    parts = facts.module_of(file).split(".")
    drop = level - (1 if file.endswith("__init__.py") else 0)
    base = parts[: len(parts) - drop] if drop else parts
    return ".".join([*base, module] if module else base)


@functools.lru_cache(maxsize=512)  # a tree is parsed once and read many times
def _table_of(tree: "ast.Module | Function") -> _Bound:
    """What the statements of a module, or of a function without those inside it, bind."""
    bound = _Bound()
    for node in top_level(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                bound.imported[alias.asname or first] = (alias.name if alias.asname else first, 0, None)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    bound.stars.append((node.module or "", node.level))
                else:
                    bound.imported[alias.asname or alias.name] = (node.module or "", node.level, alias.name)
        elif isinstance(node, Function | ast.ClassDef):
            bound.nodes[node.name] = node
        else:
            for name, value in assigned(node):
                bound.nodes[name] = value
    return bound


@functools.lru_cache(maxsize=512)
def _functions(tree: ast.Module) -> tuple[Function, ...]:
    return tuple(node for node in ast.walk(tree) if isinstance(node, Function))


def _around(tree: ast.Module, line: int) -> list[Function]:
    """The functions whose lines hold a line, the innermost first."""
    return sorted((each for each in _functions(tree) if covers(each, line)), key=lambda each: -each.lineno)


def assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The plain names that a statement assigns, with what it gives them."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in `if`, `try`, `with` and loops included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for part in ("body", "orelse", "finalbody"):
                yield from top_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from top_level(handler.body)


def binds(node: ast.stmt) -> list[str]:
    """The names that a statement binds: what it imports, defines or assigns, in its body too where it is a compound one."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(each.asname or each.name).partition(".")[0] for each in node.names]
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]


def dotted_name(node: ast.AST) -> str:
    """`a.b.c` for a chain of names and attributes, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def text_of(node: ast.AST | None) -> str | None:
    """The text of a string literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, None where it is not given."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def covers(node: ast.AST, line: int) -> bool:
    """Whether a node stands on a line."""
    return getattr(node, "lineno", line + 1) <= line <= (getattr(node, "end_lineno", None) or 0)


def statement_at(tree: ast.Module, line: int) -> ast.stmt | None:
    """The innermost statement that stands on a line."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and covers(node, line)]
    return min(found, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)


def function_at(tree: ast.Module, line: int) -> Function | None:
    """The innermost function whose body stands on a line."""
    found = [node for node in ast.walk(tree) if isinstance(node, Function) and covers(node, line)]
    return max(found, key=lambda node: node.lineno, default=None)


def own_frames(failure: Failure) -> tuple[Frame, ...]:
    """The project's own frames, innermost first."""
    return tuple(each for each in reversed(failure.frames) if each.own)


def last_line(node: ast.AST) -> int:
    """The last line of a node."""
    last = getattr(node, "end_lineno", None)
    return last if isinstance(last, int) else int(getattr(node, "lineno", 1))
