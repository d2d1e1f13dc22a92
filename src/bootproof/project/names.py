"""What a name at the top of a module stands for, followed through the project's own imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from bootproof.project.imports import Import
from bootproof.project.sources import Sources

_DEPTH = 8


@dataclass(frozen=True)
class Definition:
    """A name bound in an own file; `nodes` are what it is bound to, in order (the last one stays)."""

    file: str
    name: str
    nodes: tuple[ast.AST, ...]


@dataclass(frozen=True)
class Module:
    """An own module."""

    file: str


@dataclass(frozen=True)
class Outside:
    """Something of another distribution, by its dotted name."""

    dotted: str


Meaning = Definition | Module | Outside


@dataclass
class _Bound:
    nodes: dict[str, list[ast.AST]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # module, name
    stars: list[str] = field(default_factory=list)


class Names:
    """Resolves names of one project; guards the table of each file that was asked for."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._bound: dict[str, _Bound] = {}

    def bound(self, file: str) -> dict[str, list[ast.AST]]:
        """The names that a file binds itself at module level (conditional blocks included),
        with their nodes.
        """
        return self._table(file).nodes

    def path(self, file: str) -> tuple[str, ...]:
        """Where an absolute import of this file is looked for: the target's folders,
        then the file's parents.
        """
        folders = list(self.sources.path)
        folder = file.rpartition("/")[0]
        while folder:
            folders.append(folder)
            folder = folder.rpartition("/")[0]
        return (*folders, ".")

    def meaning(self, file: str, node: ast.AST) -> Meaning | None:
        """What a name or a dotted name in a file stands for; None where it is neither, or local."""
        dotted = dotted_name(node)
        return self.of(file, dotted) if dotted else None

    def of(self, file: str, dotted: str, depth: int = 0) -> Meaning | None:
        """The same for the name as text."""
        first, _, rest = dotted.partition(".")
        found = self._one(file, first, depth)
        while rest and found is not None and depth < _DEPTH:
            first, _, rest = rest.partition(".")
            if isinstance(found, Outside):
                return Outside(".".join(part for part in (found.dotted, first, rest) if part))
            if not isinstance(found, Module):
                return None
            found = self._one(found.file, first, depth + 1) or self._submodule(found.file, first)
        return found

    def imported(self, file: str) -> frozenset[str]:
        """The names that a file imports at module level, whether what they stand for is found or not."""
        return frozenset(self._table(file).imported)

    def locally(self, file: str, statement: ast.stmt, dotted: str) -> Meaning | None:
        """What a dotted name stands for after an import statement inside a function of the file."""
        table = _Bound()
        self._bind(file, table, statement)
        first, _, rest = dotted.partition(".")
        if first not in table.imported:
            return None
        module, attribute = table.imported[first]
        found = self._imported(file, module, attribute, 0)
        return self.of(found.file, rest) if rest and isinstance(found, Module) else found

    def _one(self, file: str, name: str, depth: int) -> Meaning | None:
        if depth > _DEPTH:
            return None
        table = self._table(file)
        if name in table.nodes:
            return Definition(file, name, tuple(table.nodes[name]))
        if name in table.imported:
            module, attribute = table.imported[name]
            return self._imported(file, module, attribute, depth)
        for module in table.stars:
            own = self.sources.file_of(module, self.path(file))
            found = self._one(own, name, depth + 1) if own and own != file else None
            if found is not None:
                return found
        return None

    def _imported(self, file: str, module: str, attribute: str | None, depth: int) -> Meaning | None:
        path = self.path(file)
        own = self.sources.file_of(module, path)
        if attribute is None:
            if own:
                return Module(own)
            return None if self.sources.is_own(module, path) else Outside(module)
        if own and own != file:
            found = self._one(own, attribute, depth + 1)
            if found is not None:
                return found
        below = self.sources.file_of(f"{module}.{attribute}", path)
        if below:
            return Module(below)
        return None if own or self.sources.is_own(module, path) else Outside(f"{module}.{attribute}")

    def _submodule(self, file: str, name: str) -> Meaning | None:
        folder = file.removesuffix("/__init__.py")
        for below in (f"{folder}/{name}.py", f"{folder}/{name}/__init__.py"):
            if folder != file and self.sources.exists(below):
                return Module(below)
        return None

    def _table(self, file: str) -> _Bound:
        if file not in self._bound:
            table = _Bound()
            tree = self.sources.syntax(file)
            for node in top_level(tree.body) if tree else ():
                self._bind(file, table, node)
            self._bound[file] = table
        return self._bound[file]

    def _bind(self, file: str, table: _Bound, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                table.imported[alias.asname or first] = (alias.name if alias.asname else first, None)
        elif isinstance(node, ast.ImportFrom):
            each = Import(node.module or "", node.lineno, node.level)
            module = self.sources.absolute(file, each, self._base(file))
            for alias in node.names if module is not None else ():
                if alias.name == "*":
                    table.stars.append(module or "")
                else:
                    table.imported[alias.asname or alias.name] = (module or "", alias.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            table.nodes.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    table.nodes.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            table.nodes.setdefault(node.target.id, []).append(node.value or node)

    def _base(self, file: str) -> tuple[str, ...]:
        # A relative import counts from the file's own folder, whatever is on the path: name it from the root.
        return (
            self.sources.path
            if any(f != "." and file.startswith(f + "/") for f in self.sources.path)
            else (".",)
        )


def dotted_name(node: ast.AST) -> str:
    """`a.b.c` for a chain of names and attributes, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in `if`, `try`, `with` and loops included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for name in ("body", "orelse", "finalbody"):
                yield from top_level(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from top_level(handler.body)


def text_of(node: ast.AST | None) -> str | None:
    """The text of a string literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, None where it is not given."""
    return next((each.value for each in call.keywords if each.arg == name), None)
