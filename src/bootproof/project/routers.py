"""Routers that the source declares, their paths, and whether anything includes them."""

import ast
from collections.abc import Iterable, Iterator

from bootproof.model.project import Router
from bootproof.project.names import Definition, Module, Names, Outside, dotted_name, keyword, text_of
from bootproof.project.sources import Sources

_INCLUDES = (b"include_router", b".mount(", b"Mount(", b".routes", b"add_router")
_VERBS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "trace", "api_route", "websocket", "route"}
)
_DEPTH = 6

Key = tuple[str, str]  # file, name
UNREAD: Key = ("", "")


def read_routers(
    sources: Sources, names: Names, files: Iterable[str]
) -> tuple[tuple[Router, ...], tuple[str, ...]]:
    """The routers that own code among `files` declares, and notes on what could not be followed.

    A router that is included in a way that cannot be read (found by name at run time) counts as included:
    no router is called forgotten on a guess.
    """
    wanted = sorted(files)
    finder = _Finder(names)
    declared: dict[Key, int] = {}
    for file in sources.holding((b"APIRouter", b"Router("), wanted):
        for name, nodes in names.bound(file).items():
            if any(finder.is_router(file, node) for node in nodes):
                declared[file, name] = getattr(nodes[-1], "lineno", 1)
    if not declared:
        return (), ()
    included: set[Key] = set()
    paths: dict[Key, list[str]] = {}
    open_folders: list[str] = []
    notes: list[str] = []
    for file in sources.holding(_INCLUDES, wanted):
        tree = sources.syntax(file)
        if tree is None:
            # Written in a syntax that is newer than ours, or broken: what it includes is not known.
            open_folders.append(file.rpartition("/")[0])
            notes.append(f"`{file}` does not parse, so that the routers it includes are not known")
            continue
        unclear = finder.inclusions(file, tree, included)
        if unclear:
            open_folders.append(file.rpartition("/")[0])
            notes.append(f"`{file}:{unclear}` includes routers that only a run can name")
    for file in sources.holding({f"{name}.".encode() for _, name in declared}, wanted):
        tree = sources.syntax(file)
        for key, path in finder.routes(file, tree) if tree else ():
            paths.setdefault(key, []).append(path)
    found = []
    for (file, name), line in sorted(declared.items(), key=lambda item: (item[0][0], item[1])):
        by_run = any(not folder or file.startswith(folder + "/") for folder in open_folders)
        found.append(
            Router(
                name, sources.module_of(file), file, line, (file, name) in included or by_run,
                tuple(dict.fromkeys(paths.get((file, name), ()))),
            )
        )  # fmt: skip
    return tuple(found), tuple(notes)


class _Finder:
    """Follows names to routers."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def is_router(self, file: str, node: ast.AST, depth: int = 0) -> bool:
        """Whether an expression makes an APIRouter (or one of the project's own subclasses of it)."""
        return isinstance(node, ast.Call) and self._makes_router(file, node.func, depth)

    def _makes_router(self, file: str, function: ast.AST, depth: int) -> bool:
        found = self.names.meaning(file, function)
        if isinstance(found, Definition) and depth < _DEPTH:
            return any(
                self._makes_router(found.file, base, depth + 1)
                for node in found.nodes
                if isinstance(node, ast.ClassDef)
                for base in node.bases
            )
        name = found.dotted if isinstance(found, Outside) else dotted_name(function)
        return name.rpartition(".")[2] == "APIRouter"

    def routers(self, file: str, node: ast.AST) -> list[Key] | None:
        """The routers that an expression stands for; None where that cannot be read."""
        found = self.names.meaning(file, node)
        if isinstance(found, Definition):
            return [(found.file, found.name)]
        return [] if isinstance(found, Outside) else None

    def inclusions(self, file: str, tree: ast.Module, included: set[Key]) -> int | None:
        """Collect what a file includes; the line of the first inclusion that cannot be read, else None."""
        nodes = list(ast.walk(tree))
        loops = {name: loop for loop in nodes for name in _loop_names(loop)}
        imported = _local_imports(tree)
        unclear: int | None = None
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr == "routes":
                included.update(self.routers(file, node.value) or ())
            if not isinstance(node, ast.Call):
                continue
            last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted_name(node.func)
            given: list[ast.expr] = []
            if last in ("include_router", "add_router"):
                argument = keyword(node, "router") or (node.args[0] if node.args else None)
                given = [argument] if argument is not None else []
            elif last in ("mount", "Mount"):
                given = [
                    *node.args[1:2],
                    *(each.value for each in node.keywords if each.arg in ("app", "routes")),
                ]
            elif last in ("include_routers", "add_routers"):
                given = list(node.args)
            else:
                # A helper of the project's own is handed the router: what it does with it is not followed.
                for each in (*node.args, *(one.value for one in node.keywords)):
                    if isinstance(each, ast.Name | ast.Attribute):
                        included.update(
                            key for key in self.routers(file, each) or () if self._is_declared(key)
                        )
            for each in given:
                found = self._given(file, each, loops, imported)
                included.update(found or ())
                if (found is None or UNREAD in found) and last == "include_router" and not self._made_here(file, each, tree):
                    unclear = unclear or node.lineno
        return unclear

    def _given(
        self, file: str, node: ast.expr, loops: dict[str, ast.AST], imported: dict[str, ast.AST]
    ) -> list[Key] | None:
        first = dotted_name(node).partition(".")[0]
        if first in loops:
            loop = loops[first]
            return self._elements(file, getattr(loop, "iter", loop), dotted_name(node).partition(".")[2], 0) or None
        found = self.routers(file, node)
        if found is None and first in imported:
            found = self._local(file, node, imported[first])
        if found is None and isinstance(node, ast.List | ast.Tuple):
            found = self._elements(file, node, "", 0) or None
        if found and not any(self._is_declared(key) for key in found):
            inner = self._elements(file, node, "", 0)
            return inner or found
        return found

    def _is_declared(self, key: Key) -> bool:
        return any(self.is_router(key[0], node) for node in self.names.bound(key[0]).get(key[1], ()))

    def _local(self, file: str, node: ast.expr, statement: ast.AST) -> list[Key] | None:
        """A name that a function imports for itself."""
        if not isinstance(statement, ast.ImportFrom | ast.Import):
            return None
        found = self.names.locally(file, statement, dotted_name(node))
        if isinstance(found, Definition):
            return [(found.file, found.name)]
        return [] if isinstance(found, Outside) else None

    def _elements(self, file: str, node: ast.AST, attribute: str, depth: int) -> list[Key] | None:
        """The routers in a literal list, or in the list that a name stands for;
        of modules the named attribute. UNREAD stands for what else may be among them.
        """
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return []
        if isinstance(node, ast.Name | ast.Attribute):
            meaning = self.names.meaning(file, node)
            if isinstance(meaning, Module):
                return self._of_module(meaning, attribute)
            if isinstance(meaning, Definition):
                if any(self.is_router(meaning.file, each) for each in meaning.nodes):
                    return [(meaning.file, meaning.name)]
                lists = [self._elements(meaning.file, each, attribute, depth + 1) for each in meaning.nodes]
                return [key for part in lists if part for key in part] or None
            return None
        parts: list[ast.AST]
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            parts = list(node.elts)
        elif isinstance(node, ast.Dict):
            parts = [*(key for key in node.keys if key is not None), *node.values]
        elif isinstance(node, ast.BinOp):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Starred):
            parts = [node.value]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("items", "values")
        ):
            parts = [node.func.value]
        elif isinstance(node, ast.Call):
            parts = [*node.args, *(each.value for each in node.keywords)]
        else:
            return None
        if not parts:
            return None
        found = [self._elements(file, part, attribute, depth + 1) for part in parts]
        return [key for keys in found for key in ([UNREAD] if keys is None else keys)]

    def _of_module(self, module: Module, attribute: str) -> list[Key] | None:
        found = self.names.of(module.file, attribute) if attribute else None
        return [(found.file, found.name)] if isinstance(found, Definition) else None

    def _made_here(self, file: str, node: ast.expr, tree: ast.Module) -> bool:
        """Whether it is a call (`get_auth_router(…)`), or a name that a function binds to one:
        no declared router.
        """
        if isinstance(node, ast.Call):
            return dotted_name(node.func).rpartition(".")[2] not in ("getattr", "import_module", "attrgetter")
        name = dotted_name(node)
        values = [
            each.value
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign) and any(dotted_name(target) == name for target in each.targets)
        ]
        if not values:
            # An import that does not resolve is a fault, not a loop that only a run could follow.
            meaning = self.names.of(file, name.partition(".")[0])
            return bool(name) and (meaning is not None or name.partition(".")[0] in self.names.imported(file))
        return all(isinstance(value, ast.Call) and self._made_here(file, value, tree) for value in values)

    def routes(self, file: str, tree: ast.Module) -> Iterator[tuple[Key, str]]:
        """The router and path of each route that a file declares."""
        for node in _statements(tree.body):
            calls: list[ast.expr] = []
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                calls = node.decorator_list
            elif isinstance(node, ast.Expr):
                calls = [node.value]
            for call in calls:
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                verbs = ("add_api_route", "add_api_websocket_route") if isinstance(node, ast.Expr) else _VERBS
                if call.func.attr not in verbs:
                    continue
                path = text_of(call.args[0] if call.args else keyword(call, "path"))
                for key in self.routers(file, call.func.value) or () if path is not None else ():
                    yield key, path or ""


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, those inside functions and classes included; expressions are not looked into."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, name, []))
        for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            yield from _statements(part.body)


def _loop_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        for each in ast.walk(node.target):
            if isinstance(each, ast.Name):
                yield each.id


def _local_imports(tree: ast.Module) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for function in _statements(tree.body):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in _statements(function.body):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for alias in node.names:
                        found[alias.asname or alias.name.partition(".")[0]] = node
    return found
