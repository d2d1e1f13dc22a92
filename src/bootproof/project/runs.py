"""Servers that code starts itself: `uvicorn.run("x:app", port=…)` and `[tool.fastapi] entrypoint`."""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.model.project import Evidence
from bootproof.project.names import Definition, Names, dotted_name, keyword, text_of
from bootproof.project.platforms import read_toml, table
from bootproof.project.servers import Server
from bootproof.project.sources import Sources
from bootproof.project.starts import Start

_RUNS = (b"uvicorn", b"Granian")
_SPEC = re.compile(r"([\w.]+):([\w.]+)$")


def code_starts(sources: Sources, names: Names) -> Iterator[Start]:
    """The servers that the project's own code or its `pyproject.toml` starts."""
    for file in sources.holding(_RUNS):
        tree = sources.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if (isinstance(node, ast.Call) and node.args) or (
                isinstance(node, ast.Call) and keyword(node, "app")
            ):
                start = _run(sources, names, file, node)
                if start:
                    yield start
    for file in sources.files():
        if file.rpartition("/")[2] == "pyproject.toml" and b"[tool.fastapi" in (sources.text(file) or b""):
            entry = table(table(read_toml(sources, file), "tool"), "fastapi").get("entrypoint")
            match = _SPEC.match(entry) if isinstance(entry, str) else None
            if match:
                data = sources.text(file) or b""
                line = data.count(b"\n", 0, max(data.find(b"entrypoint"), 0)) + 1
                evidence = Evidence(f'[tool.fastapi] entrypoint = "{entry}"', file, line)
                yield Start(
                    Server("fastapi", match[1], match[2]), 90, evidence, file.rpartition("/")[0] or "."
                )


def serves_at_import(sources: Sources, names: Names, files: Iterable[str]) -> tuple[str, int] | None:
    """The first place in these files where importing the module starts a server."""
    for file in sources.holding(_RUNS, files):
        tree = sources.syntax(file)
        for statement in _at_import(tree.body) if tree else ():
            for node in _evaluated(statement):
                if isinstance(node, ast.Call) and _named(names, file, node.func) in ("uvicorn.run", "uvicorn.main.run"):
                    return file, node.lineno
    return None


def _at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that an import runs; what an `if` on `__name__` guards is none of them."""
    for each in body:
        if isinstance(each, ast.If) and "__name__" in ast.unparse(each.test):
            yield from _at_import(each.orelse)
        elif isinstance(each, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for part in ("body", "orelse", "finalbody"):
                yield from _at_import(getattr(each, part, []))
        else:
            yield each


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is evaluated with it: bodies of functions are not."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _evaluated(child)


def _named(names: Names, file: str, function: ast.expr) -> str:
    return getattr(names.meaning(file, function), "dotted", "") or dotted_name(function)


def _run(sources: Sources, names: Names, file: str, call: ast.Call) -> Start | None:
    if _named(names, file, call.func) not in (
        "uvicorn.run",
        "uvicorn.Config",
        "granian.Granian",
        "uvicorn.main.run",
        "uvicorn.config.Config",
    ):
        return None
    given = keyword(call, "app") or call.args[0]
    host, port = (
        text_of(_value(names, file, keyword(call, "host"))),
        _number(names, file, keyword(call, "port")),
    )
    factory = (
        isinstance(factory_node := keyword(call, "factory"), ast.Constant) and factory_node.value is True
    )
    app_dir = text_of(keyword(call, "app_dir")) or ""
    env_file = text_of(keyword(call, "env_file")) or ""
    text = text_of(_value(names, file, given))
    evidence = Evidence(ast.unparse(call)[:200], file, call.lineno)
    match = _SPEC.match(text) if text else None
    if match:
        server = Server("uvicorn.run", match[1], match[2], factory, file, app_dir, host, port, env_file)
        return Start(server, 60, evidence, None)
    if isinstance(given, ast.Call):
        given, factory = given.func, True
    found = names.meaning(file, given)
    if isinstance(found, Definition):
        server = Server("uvicorn.run", "", found.name, factory, found.file, app_dir, host, port, env_file)
        return Start(server, 60, evidence, None)
    return None


def _value(names: Names, file: str, node: ast.expr | None) -> ast.AST | None:
    """A literal, followed through one name and through the default of an environment variable."""
    if isinstance(node, ast.Name | ast.Attribute):
        found = names.meaning(file, node)
        node = (
            found.nodes[-1]
            if isinstance(found, Definition) and isinstance(found.nodes[-1], ast.expr)
            else None
        )
    if isinstance(node, ast.Call):
        last = dotted_name(node.func).rpartition(".")[2]
        if last in ("getenv", "get") and len(node.args) == 2:
            return node.args[1]
        if last in ("int", "str") and node.args:
            return _value(names, file, node.args[0])
    if isinstance(node, ast.BoolOp) and node.values:
        return _value(names, file, node.values[-1])
    return node


def _number(names: Names, file: str, node: ast.expr | None) -> int | None:
    value = getattr(_value(names, file, node), "value", None)
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
