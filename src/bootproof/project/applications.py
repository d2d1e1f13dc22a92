"""Application objects and factories in the source: what a server could be pointed at."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.project.names import Definition, Names, Outside, dotted_name, top_level
from bootproof.project.sources import Sources

# Constructors of applications, by the last part of their name, and the interface they speak.
CONSTRUCTORS = {
    "FastAPI": "asgi",
    "Starlette": "asgi",
    "Litestar": "asgi",
    "Quart": "asgi",
    "Sanic": "asgi",
    "AsyncApp": "asgi",
    "get_asgi_application": "asgi",
    "Flask": "wsgi",
    "get_wsgi_application": "wsgi",
}
_ENTRY = re.compile(
    r"(?:^|/)(?:main|app|application|asgi|wsgi|server|api|run|__main__|__init__|web|index)\.py$"
)
_WRAPPER = re.compile(
    r"(?:Middleware|ASGIApp|ASGI|WsgiToAsgi|AsgiToWsgi|Wrapper|CORS|App)$|^(?:wrap|with|add)_\w+$"
)
_WRITTEN = re.compile(
    rf"^(\w+)[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)*({'|'.join(CONSTRUCTORS)})[ \t]*\(", re.M
)
_APP_NAMES = frozenset({"app", "application", "asgi", "asgi_app", "wsgi_app", "api", "server", "main_app"})
_OUTER = 12


@dataclass(frozen=True)
class Application:
    """One application object (or factory: `call`) at module level; `mounted` inside another one."""

    file: str
    name: str
    line: int
    interface: str
    call: bool = False
    mounted: bool = False


class Applications:
    """Finds application objects; guards what is being looked at, so that a name that wraps itself ends."""

    def __init__(self, sources: Sources, names: Names) -> None:
        self.sources, self.names = sources, names
        self._looking: set[tuple[str, int]] = set()

    def find(self) -> list[Application]:
        """Every application object and argument-free factory of the project's modules, in file order."""
        # a file of another encoding does not start, but which application it was meant to be can be read
        spelled = [name.encode(encoding) for name in CONSTRUCTORS for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
        files = set(self.sources.holding(spelled))
        found: dict[tuple[str, str], Application] = {}
        makers: set[str] = set()
        for file in sorted(files):
            for each in self._in(file):
                found[each.file, each.name] = each
                if each.call:
                    makers.add(each.name)
            makers |= {
                name
                for name, nodes in self.names.bound(file).items()
                if any(
                    isinstance(node, ast.ClassDef | ast.FunctionDef) and self._makes(file, node)
                    for node in nodes
                )
            }
        later = set(self.sources.holding(f"{name}(".encode() for name in makers))
        later |= {file for file in self.sources.python_files() if _ENTRY.search(file) and self._wraps(file)}
        for file in sorted(later - files):
            for each in self._in(file):
                found[each.file, each.name] = each
        mounted = self._mounted(sorted(files | later))
        return [
            Application(a.file, a.name, a.line, a.interface, a.call, (a.file, a.name) in mounted)
            for _, a in sorted(found.items())
        ]

    def interface(self, file: str, name: str) -> tuple[str, bool] | None:
        """The interface of a name in a file, and whether it is a factory; None where it is no application."""
        for each in self._in(file):
            if each.name == name:
                return each.interface, each.call
        meaning = self.names.of(file, name)
        if isinstance(meaning, Definition) and (meaning.file, meaning.name) != (file, name):
            return self.interface(meaning.file, meaning.name)
        return None

    def _wraps(self, file: str) -> bool:
        return bool(
            re.search(rb"^\w*app\w*\s*(?::[^=\n]+)?=\s*[\w.]+\(", self.sources.text(file) or b"", re.M)
        )

    def _in(self, file: str) -> Iterator[Application]:
        if self.sources.syntax(file) is None:
            yield from self._written(file)
            return
        for name, nodes in self.names.bound(file).items():
            node = nodes[-1]
            if isinstance(node, ast.FunctionDef):
                interface = self._makes(file, node)
                if interface and _without_arguments(node):
                    yield Application(file, name, node.lineno, interface, call=True)
            elif isinstance(node, ast.expr):
                found = [self._kind(file, each, name) for each in nodes if isinstance(each, ast.expr)]
                if found[-1] or (any(found) and name in _APP_NAMES):
                    kind = next(each for each in reversed(found) if each)
                    yield Application(file, name, node.lineno, kind)

    def _written(self, file: str) -> Iterator[Application]:
        """The applications that the text of a file which does not parse would build."""
        text = self.sources.decoded(file) or ""
        for found in _WRITTEN.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Application(file, found[1], line, CONSTRUCTORS[found[2]])

    def _kind(self, file: str, node: ast.AST, name: str = "") -> str | None:
        """The interface of the application that an expression gives, None where it gives none."""
        mark = (file, id(node))
        if mark in self._looking or len(self._looking) > _OUTER:
            return None
        self._looking.add(mark)
        try:
            if isinstance(node, ast.IfExp):
                return self._kind(file, node.body) or self._kind(file, node.orelse)
            if isinstance(node, ast.Name | ast.Attribute):
                return self._named(file, node)
            return self._called(file, node, name) if isinstance(node, ast.Call) else None
        finally:
            self._looking.discard(mark)

    def _named(self, file: str, node: ast.AST) -> str | None:
        meaning = self.names.meaning(file, node)
        if not isinstance(meaning, Definition):
            return None
        kinds = (
            self._kind(meaning.file, each) for each in reversed(meaning.nodes) if isinstance(each, ast.expr)
        )
        return next((kind for kind in kinds if kind), None)

    def _called(self, file: str, call: ast.Call, name: str) -> str | None:
        kind = self._constructs(file, call.func)
        if kind:
            return kind
        last = dotted_name(call.func).rpartition(".")[2]
        if name not in _APP_NAMES and not _WRAPPER.search(last):
            return None
        for argument in (*call.args, *(each.value for each in call.keywords)):
            inner = self._kind(file, argument)
            if inner:
                if "Test" in last or "Client" in last:
                    return None
                return {"WsgiToAsgi": "asgi", "AsgiToWsgi": "wsgi"}.get(last, inner)
        return None

    def _constructs(self, file: str, function: ast.AST) -> str | None:
        """The interface that calling something gives."""
        dotted = dotted_name(function)
        last = dotted.rpartition(".")[2]
        meaning = self.names.meaning(file, function)
        if isinstance(meaning, Definition):
            for node in meaning.nodes:
                kind = self._makes(meaning.file, node)
                if kind:
                    return kind
            return None
        if isinstance(meaning, Outside):
            last = meaning.dotted.rpartition(".")[2]
        return CONSTRUCTORS.get(last)

    def _makes(self, file: str, node: ast.AST) -> str | None:
        """The interface of the applications that a function or class of the project gives."""
        mark = (file, id(node))
        if mark in self._looking or len(self._looking) > _OUTER:
            return None
        self._looking.add(mark)
        try:
            if isinstance(node, ast.ClassDef):
                kinds = (self._constructs(file, base) for base in node.bases)
                return next((kind for kind in kinds if kind), None)
            if isinstance(node, ast.FunctionDef):
                return self._returned(file, node)
            return None
        finally:
            self._looking.discard(mark)

    def _returned(self, file: str, function: ast.FunctionDef) -> str | None:
        if any("fixture" in ast.unparse(each) for each in function.decorator_list):
            return None
        if function.returns is not None:
            last = (dotted_name(function.returns) or str(getattr(function.returns, "value", ""))).rpartition(
                "."
            )[2]
            if last in CONSTRUCTORS:
                return CONSTRUCTORS[last]
        local: dict[str, ast.expr] = {}
        returned: list[ast.expr] = []
        for node in top_level(function.body):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                local.setdefault(node.targets[0].id, node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                local.setdefault(node.target.id, node.value)
            elif isinstance(node, ast.Return) and node.value is not None:
                returned.append(node.value)
        for value in returned:
            made = local.get(value.id) if isinstance(value, ast.Name) else value
            kind = self._constructs(file, made.func) if isinstance(made, ast.Call) else None
            if kind:
                return kind
        return None

    def _mounted(self, files: list[str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for file in files:
            if b"ount(" not in (self.sources.text(file) or b""):
                continue
            tree = self.sources.syntax(file)
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in (
                    "mount",
                    "Mount",
                ):
                    for argument in (*node.args[1:], *(each.value for each in node.keywords)):
                        meaning = self.names.meaning(file, argument)
                        if isinstance(meaning, Definition):
                            found.add((meaning.file, meaning.name))
        return found


def _without_arguments(function: ast.FunctionDef) -> bool:
    arguments = function.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return required <= 0 and all(default is not None for default in arguments.kw_defaults)
