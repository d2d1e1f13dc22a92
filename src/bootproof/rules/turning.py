"""Make a synchronous function asynchronous, where nobody but the framework calls it."""

import ast

from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.rules.reading import Function, dotted_name, meaning

ROUTES = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route", "websocket"})
NAMED_IN = frozenset({"Depends", "Security"})


def made_async(facts: Facts, file: str, function: Function) -> tuple[Edit, ...] | None:
    """The edits that make it `async def`; none where it is, None where own code calls it, which would not wait for it.

    A framework takes both kinds for routes and dependencies.
    """
    if isinstance(function, ast.AsyncFunctionDef):
        return ()
    tree = facts.syntax(file)
    at_top = tree is not None and function in tree.body
    if not at_top or not all(_is_route(each) for each in function.decorator_list) or is_called(facts, file, function):
        return None
    start = facts.span(file, function)[0]
    text = facts.text(file) or b""
    if not text[start:].startswith(b"def"):
        start = text.index(b"def", start)
    return (edit(file, text, start, start, "async "),)


def _is_route(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ROUTES


def is_called(facts: Facts, file: str, function: Function) -> bool:
    """Whether own code names the function elsewhere than in `Depends(…)`."""
    for other in facts.files_with(function.name.encode()):
        tree = facts.syntax(other)
        named = {
            id(each)
            for node in (ast.walk(tree) if tree is not None else ())
            if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in NAMED_IN
            for each in (*node.args, *(one.value for one in node.keywords))
        }
        for node in ast.walk(tree) if tree is not None else ():
            last = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if last != function.name or id(node) in named:
                continue
            found = meaning(facts, other, node)
            if found is None or (found.file == file and found.name == function.name):
                return True
    return False
