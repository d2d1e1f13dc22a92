"""Paths of routes and prefixes of routers as text in the source, wherever the call takes them from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.origins import origins
from bootproof.rules.reading import DEPTH, covers, keyword, meaning, own_frames

ROUTES = frozenset(
    {
        "get", "post", "put", "patch", "delete", "head", "options", "trace", "websocket", "api_route", "route",
        "websocket_route", "add_api_route", "add_route", "add_websocket_route", "add_api_websocket_route", "mount",
        "Route", "WebSocketRoute", "Mount", "APIRoute",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """A piece of a path: the literal, where it stands, whether it is a prefix, and the call that it is for.

    `given` is the whole argument. Of a path that is put together `first` and `last` say that it stands at that end.
    """

    value: str
    file: str
    node: ast.Constant
    prefix: bool
    call: ast.Call
    call_file: str
    given: ast.expr
    first: bool = True
    last: bool = True


def templates_at(facts: Facts, failure: Failure) -> Iterator[Template]:
    """The paths and prefixes of the own call that failed: its own, its router's, those of the router it includes."""
    for frame in own_frames(failure)[:1]:
        tree = facts.syntax(frame.file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and covers(node, frame.line):
                yield from of_call(facts, frame.file, node)


def of_call(facts: Facts, file: str, call: ast.Call) -> Iterator[Template]:
    """The paths of one call: of a route, of a router, of an inclusion."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    if name in ROUTES:
        given = call.args[0] if call.args else keyword(call, "path")
        yield from _literal(facts, file, given, False, call, file)
        maker = meaning(facts, file, call.func.value) if isinstance(call.func, ast.Attribute) else None
        if maker is not None and isinstance(maker.node, ast.Call):
            yield from _literal(facts, maker.file, keyword(maker.node, "prefix"), True, maker.node, maker.file)
    elif name == "include_router":
        yield from _literal(facts, file, keyword(call, "prefix"), True, call, file)
        yield from of_router(facts, file, keyword(call, "router") or (call.args[0] if call.args else None))
    else:
        yield from _literal(facts, file, keyword(call, "prefix"), True, call, file)


def of_router(facts: Facts, file: str, router: ast.expr | None) -> Iterator[Template]:
    """The prefix of a router and the paths of its routes, in the module that makes it."""
    maker = meaning(facts, file, router) if router is not None else None
    if maker is None or not isinstance(maker.node, ast.Call):
        return
    yield from _literal(facts, maker.file, keyword(maker.node, "prefix"), True, maker.node, maker.file)
    tree = facts.syntax(maker.file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ROUTES:
            owner = meaning(facts, maker.file, node.func.value)
            if owner is not None and owner.node is maker.node:
                given = node.args[0] if node.args else keyword(node, "path")
                yield from _literal(facts, maker.file, given, False, node, maker.file)


def inclusions(facts: Facts, file: str, route: ast.Call) -> tuple[ast.Call, ...]:
    """The own calls that include the router of a route, declared by this call."""
    router = meaning(facts, file, route.func.value) if isinstance(route.func, ast.Attribute) else None
    found = []
    for where in facts.files_with(b"include_router") if router is not None else ():
        tree = facts.syntax(where)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "include_router":
                given = keyword(node, "router") or (node.args[0] if node.args else None)
                held = meaning(facts, where, given) if given is not None else None
                if held is not None and router is not None and held.node is router.node:
                    found.append(node)
    return tuple(found)


def _literal(
    facts: Facts, file: str, node: ast.expr | None, prefix: bool, call: ast.Call, call_file: str
) -> Iterator[Template]:
    for place, piece, first, last in _pieces(facts, file, node) if node is not None else ():
        for each in origins(facts, place, piece):
            if not each.parts and isinstance(each.node, ast.Constant) and isinstance(each.node.value, str) and node is not None:
                yield Template(each.node.value, each.file, each.node, prefix, call, call_file, node, first, last)


def _pieces(
    facts: Facts, file: str, node: ast.expr, first: bool = True, last: bool = True, depth: int = 0
) -> Iterator[tuple[str, ast.expr, bool, bool]]:
    """What a text is put together from, each with its file, whether it stands at the beginning, and at the end."""
    found = meaning(facts, file, node) if isinstance(node, ast.Name | ast.Attribute) and depth < DEPTH else None
    if found is not None and isinstance(found.node, ast.BinOp | ast.JoinedStr):
        yield from _pieces(facts, found.file, found.node, first, last, depth + 1)
    elif isinstance(node, ast.BinOp):
        yield from _pieces(facts, file, node.left, first, False, depth)
        yield from _pieces(facts, file, node.right, False, last, depth)
    elif isinstance(node, ast.JoinedStr):
        for index, part in enumerate(node.values):
            if isinstance(part, ast.FormattedValue):
                ends = first and index == 0, last and index == len(node.values) - 1
                yield from _pieces(facts, file, part.value, *ends, depth)
    else:
        yield file, node, first, last
