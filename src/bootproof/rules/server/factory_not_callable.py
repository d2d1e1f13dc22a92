"""The server cannot call the factory of the application

## What happens
The start names a factory (`--factory`, `main:create_app()`). It has a parameter without a default, which the
server does not give, or it is an `async def`, and what the server gets is a coroutine that nobody awaits.

## Why the server cannot start
A server calls a factory without arguments and takes what it returns for the application.

## How to recognise it
The target is a function of the project that the start calls; it failed at that call, outside the project's own
code, and the function requires an argument or is asynchronous.

## How it is fixed
An asynchronous factory that awaits nothing, and that nobody else calls, becomes an ordinary function. What a
required parameter should be is for a person to say.

## Fix safety
Safe: without `await` the body runs as before. For a required parameter there is no automatic fix.

## References
https://www.uvicorn.org/#application-factories
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import Function, named
from bootproof.rules.registry import finding
from bootproof.rules.server._command import before_own_code

CODE = "BP708"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The factory that the target names."""
    target = facts.project.target
    if target is None or not target.call or not before_own_code(symptom):
        return
    found = named(facts, target.file, target.attribute)
    if found is None or not isinstance(found.node, Function):
        return
    node, required = found.node, _required(found.node)
    asynchronous = isinstance(node, ast.AsyncFunctionDef)
    if not required and not asynchronous:
        return
    why = f"requires {_quoted(required)}" if required else "is asynchronous, and nobody awaits it"
    evidence = next((each for each in target.evidence if each.file and each.line), None)
    yield finding(
        __name__,
        node.name,
        file=found.file,
        line=node.lineno,
        data={"node": node, "required": tuple(required)},
        cause=f"the server calls `{node.name}` without arguments, and it {why}",
        explanation="What a factory returns when it is called without arguments is taken for the application.",
        related=(Location(str(evidence.file), evidence.line or 1, note="says how it is started"),) if evidence else (),
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """An ordinary function in the place of an asynchronous one that awaits nothing."""
    node, required = finding.data["node"], finding.data["required"]
    if required:
        rivals = (
            Rival("give the parameters defaults", "the server then needs no argument"),
            Rival("name a function that calls the factory with its arguments", "the factory stays as it is"),
        )
        return Fix("say what the arguments are", Safety.PLACEHOLDER, rivals=rivals)
    assert isinstance(node, Function)
    awaits = any(
        isinstance(each, ast.Await | ast.AsyncFor | ast.AsyncWith) or getattr(each, "is_async", 0)
        for each in _own_nodes(node)
    )
    if awaits or _called(facts, node.name):
        return None
    text = facts.text(finding.file) or b""
    start = facts.span(finding.file, node)[0]
    word = re.compile(rb"async\s+").match(text, start)
    if word is None:
        return None
    return Fix(f"make `{node.name}` an ordinary function", Safety.SAFE, (edit(finding.file, text, start, word.end(), ""),))


def _required(node: Function) -> list[str]:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    without = positional[: len(positional) - len(given.defaults)]
    named_only = [each for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return [each.arg for each in (*without, *named_only)]


def _quoted(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _own_nodes(node: ast.AST) -> Iterable[ast.AST]:
    """What the function itself runs: functions that it defines await for themselves."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield child
            yield from _own_nodes(child)


def _called(facts: Facts, name: str) -> bool:
    """Whether own code calls a function of this name."""
    for file in facts.files_with(f"{name}(".encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
                return True
    return False
