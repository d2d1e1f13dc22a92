"""`Depends` names what gives no value: a context manager or a session factory

## What happens
The request answers 500, since the endpoint is given a context manager in the place of a session; or 422, since
it asks the client for `local_kw`, a parameter of the factory's own.

## Why the server cannot start
The server starts: FastAPI only looks at the signature of a dependency. On a request it calls a function, or
goes through a generator. A function that a decorator has made a context manager is neither. A session factory
takes any keyword, and each parameter of a dependency is taken for one of the request.

## How to recognise it
A request failed in FastAPI's own code, or on a context manager; and a dependency of its endpoint is an own
generator behind a decorator of `contextlib`'s, or an object whose call takes any keyword.

## How it is fixed
The decorator goes; where own code enters the function itself, the endpoint gets a generator that does so. A
session factory gets a generator that enters one of its sessions.

## Fix safety
Safe: the endpoint gets the value that the code is written for, closed after the request.

## References
https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/
"""

import ast
from collections.abc import Iterable, Sequence

from bootproof.edits.making import edit
from bootproof.edits.python import drop_import, insert_statement_after, replace_node
from bootproof.edits.source import line_start, next_line
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.kinds import given_by, seen_names, speaks
from bootproof.rules.reading import Function, Meaning, meaning
from bootproof.rules.registry import finding
from bootproof.rules.requests._dependencies import Dependency, dependencies, everywhere
from bootproof.rules.requests._handlers import handler_of
from bootproof.rules.turning import is_called

CODE = "BP808"
MANAGERS = frozenset({"contextlib._AsyncGeneratorContextManager", "contextlib._GeneratorContextManager"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The dependency that gives no value."""
    route = handler_of(symptom, facts)
    if route is None or not any(_is_frameworks(each) for each in symptom.failures):
        return
    for each in dependencies(facts, *route):
        managed, node = _decorator(each.stands), each.stands.node
        if managed is None and not _takes_anything(facts, each):
            continue
        what = "a context manager" if managed is not None else "a factory that takes any keyword"
        yield finding(
            __name__,
            each.stands.name,
            file=each.stands.file if managed is not None else each.file,
            line=managed.lineno if managed is not None else each.call.lineno,
            data={"dependency": each},
            cause=f"`{each.stands.name}` is {what}, and FastAPI takes no value out of one",
            explanation="A dependency is a function, or a generator that FastAPI itself enters and closes.",
            related=(
                Location(each.file, each.call.lineno, note="named here"),
                Location(each.stands.file, getattr(node, "lineno", 1), note=f"`{each.stands.name}`"),
            ),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A generator in its place."""
    each = finding.data["dependency"]
    assert isinstance(each, Dependency)
    managed, node = _decorator(each.stands), each.stands.node
    file, text = each.stands.file, facts.text(each.stands.file) or b""
    if managed is not None and isinstance(node, Function):
        if not is_called(facts, file, node):
            start = line_start(text, facts.span(file, managed)[0])
            end = next_line(text, facts.span(file, managed)[1])
            return Fix("drop the decorator", Safety.SAFE, (edit(file, text, start, end, ""), *_unused(facts, file, managed)))
        waits, entered = isinstance(node, ast.AsyncFunctionDef), f"{node.name}()"
        if node.args.args:
            return None
        statement: ast.stmt | None = node
    else:
        waits, entered = _asynchronous(facts, each), f"{each.stands.name}()"
        tree = facts.syntax(file)
        statement = next((one for one in (tree.body if tree else ()) if getattr(one, "value", None) is node), None)
    provider = _provider(facts, each.stands)
    if provider is None and statement is not None:
        provider = "get_session" if b"get_session" not in text else f"provide_{each.stands.name.lower()}"
        prefix = "async " if waits else ""
        code = f"\n\n{prefix}def {provider}():\n    {prefix}with {entered} as session:\n        yield session"
        new: Sequence[AnyEdit] = (insert_statement_after(file, text, statement, code),)
    elif provider is not None:
        new = ()
    else:
        return None
    edits: list[AnyEdit] = [*new]
    for one in everywhere(facts, each.stands):
        name, imports = (provider, ()) if one.file == file else known_as(facts, one.file, facts.module_of(file), provider)
        edits += [*imports, replace_node(one.file, facts.text(one.file) or b"", one.target, name)]
    return Fix(f"depend on `{provider}`, which enters it", Safety.SAFE, tuple(edits))


def _is_frameworks(failure: Failure) -> bool:
    """Whether FastAPI failed by itself, or own code on a context manager that it was given."""
    kinds = {*seen_names(failure.facts).values(), str(failure.facts.get("obj_type", ""))}
    return failure.own_frame is None or bool(kinds & MANAGERS)


def _decorator(stands: Meaning) -> ast.expr | None:
    node = stands.node
    if not isinstance(node, Function) or not any(isinstance(each, ast.Yield) for each in ast.walk(node)):
        return None
    return next((each for each in node.decorator_list if "contextmanager" in ast.unparse(each)), None)


def _unused(facts: Facts, file: str, decorator: ast.expr) -> Iterable[AnyEdit]:
    """The edit that imports the decorator no more, where nothing else uses it."""
    tree = facts.syntax(file)
    name = decorator.id if isinstance(decorator, ast.Name) else ""
    nodes = list(ast.walk(tree)) if tree is not None else []
    if len([each for each in nodes if isinstance(each, ast.Name) and each.id == name]) != 1:
        return
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names = [each.name for each in node.names if (each.asname or each.name) == name]
            if names:
                yield drop_import(file, facts.text(file) or b"", node, names)


def _takes_anything(facts: Facts, each: Dependency) -> bool:
    """Whether it is an object, made by a call, that is itself called with any keyword."""
    if not isinstance(each.stands.node, ast.Call):
        return False
    given = given_by(facts, each.stands.file, each.stands.node, {})
    module, _, name = (given.type if given is not None and not given.how else "").rpartition(".")
    accepted = facts.accepts(f"{module}:{name}.__call__") if module else None
    return any(one.kind == "VAR_KEYWORD" for one in accepted or ())


def _asynchronous(facts: Facts, each: Dependency) -> bool:
    """Whether what the factory makes is entered with `async with`."""
    call = ast.Call(func=ast.Name(each.stands.name), args=[], keywords=[])
    made = given_by(facts, each.stands.file, call, {})
    if made is not None and made.type:
        return speaks(facts, made.type, "async with")
    return "async" in ast.unparse(each.stands.node) if each.stands.node is not None else False


def _provider(facts: Facts, stands: Meaning) -> str | None:
    """An own generator beside the factory that yields what it enters one of, and nothing more."""
    tree = facts.syntax(stands.file)
    for node in tree.body if tree is not None else ():
        inner = node.body[-1] if isinstance(node, Function) and not node.decorator_list and not node.args.args else None
        if not isinstance(node, Function) or not isinstance(inner, ast.With | ast.AsyncWith):
            continue
        made = inner.items[0].context_expr
        found = meaning(facts, stands.file, made.func) if isinstance(made, ast.Call) else None
        if found is not None and found.name == stands.name and any(isinstance(each, ast.Yield) for each in ast.walk(inner)):
            return node.name
    return None
