"""Which functions an application is given for its start that nothing runs, what they would set, and what reads it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.application._apps import App, app_of, apps, own_function
from bootproof.rules.application._hooks import Hook, hooks
from bootproof.rules.application._lifespans import lifespan_of
from bootproof.rules.attributes import missing_attribute
from bootproof.rules.reading import Function, covers, keyword, outside

Stored = tuple[str, str]  # kind (item, attribute, global) and name


@dataclass(frozen=True)
class NeverRun:
    """A function for the start that does not run. `mounted`: its application is mounted in another, by this call."""

    app: App
    file: str
    function: Function
    line: int
    hook: Hook | None = None
    mounted: tuple[App, ast.Call, ast.expr] | None = None  # the parent, its `mount(…)`, how that names the application


def never_run(facts: Facts) -> Iterator[NeverRun]:
    """Every such function: beside a lifespan, in a mounted application, given to a class that forgets it."""
    everything = apps(facts)
    for app in everything:
        if app.given("lifespan") is not None:
            yield from _of_hooks(facts, app)
        elif _forgets(facts, app):
            yield from (each for each in _of_hooks(facts, app) if each.hook and isinstance(each.hook.place, ast.keyword))
    for parent in everything:
        for call, given, app in _mounts(facts, parent):
            lifespan = lifespan_of(facts, app)
            mounted = (parent, call, given)
            if lifespan is not None and not _is_used(facts, lifespan.file, lifespan.function.name, 1):
                yield NeverRun(app, lifespan.file, lifespan.function, lifespan.given.lineno, mounted=mounted)
            elif lifespan is None and app.given("lifespan") is None:
                for each in _of_hooks(facts, app):
                    yield NeverRun(app, each.file, each.function, each.line, each.hook, mounted)


def stores(facts: Facts, file: str, function: Function, depth: int = 0) -> frozenset[Stored]:
    """What a function sets that others may read: items, attributes, globals, and what a lifespan yields."""
    found: set[Stored] = set()
    declared = {name for each in ast.walk(function) if isinstance(each, ast.Global) for name in each.names}
    for each in ast.walk(function):
        if isinstance(each, ast.Subscript | ast.Attribute | ast.Name) and isinstance(each.ctx, ast.Store):
            if isinstance(each, ast.Attribute):
                found.add(("attribute", each.attr))
            elif isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant):
                found.add(("item", str(each.slice.value)))
            elif isinstance(each, ast.Name) and each.id in declared:
                found.add(("global", each.id))
        elif isinstance(each, ast.Yield) and isinstance(each.value, ast.Dict):
            found |= {("attribute", str(key.value)) for key in each.value.keys if isinstance(key, ast.Constant)}
        elif isinstance(each, ast.Call) and depth < 2:
            called = own_function(facts, file, each.func)
            if called is not None and called[1] is not function:
                found |= stores(facts, *called, depth + 1)
    return frozenset(found)


def reads(facts: Facts, failure: Failure) -> frozenset[Stored]:
    """What the project's own failing line looked for and did not find."""
    frame = failure.own_frame
    tree = facts.syntax(frame.file) if frame is not None else None
    if frame is None or tree is None:
        return frozenset()
    missing = missing_attribute(facts, failure)
    if missing is not None and missing.is_a("starlette.datastructures.State"):
        return frozenset({("attribute", missing.name)})
    over = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and covers(node, frame.line)]
    if failure.is_a("KeyError"):
        keys = [each.slice.value for each in over if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant)]
        arguments = failure.facts.get("args")
        wanted = arguments[0] if isinstance(arguments, list) and arguments else None
        return frozenset(("item", str(each)) for each in keys if each == wanted)
    nothing = missing is not None and missing.is_a("builtins.NoneType")
    if nothing or failure.is_a("NameError"):
        return frozenset(("global", each.id) for each in over if isinstance(each, ast.Name))
    return frozenset()


def _of_hooks(facts: Facts, app: App) -> Iterator[NeverRun]:
    for each in hooks(facts, app):
        function = each.function
        if each.event == "startup" and function is not None:
            registered = 0 if each.called is None else 1
            if not _is_used(facts, each.function_file, function.name, registered):
                yield NeverRun(app, each.function_file, function, each.line, each)


def _forgets(facts: Facts, app: App) -> bool:
    """Whether the installed class takes `on_startup` and forgets it, as one release of FastAPI did."""
    module, _, name = outside(facts, app.file, app.call.func).rpartition(".")
    given = any(each.arg == "on_startup" for each in app.call.keywords)
    return given and bool(module) and facts.ask("keeps_hooks", path=f"{module}:{name}") is False


def _mounts(facts: Facts, parent: App) -> Iterator[tuple[ast.Call, ast.expr, App]]:
    """The own applications that are mounted in another, with the call and the expression that says so."""
    tree = facts.syntax(parent.file)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "mount":
            continue
        given = node.args[1] if len(node.args) > 1 else keyword(node, "app")
        held = app_of(facts, parent.file, node.func.value)
        app = app_of(facts, parent.file, given) if given is not None else None
        if given is not None and app is not None and held is not None and held.call is parent.call:
            yield node, given, app


def _is_used(facts: Facts, file: str, name: str, registered: int) -> bool:
    """Whether something else than its registration names a function: then it may well be run."""
    if facts.files_with(b"lifespan_context") or facts.files_with(b"LifespanManager"):
        return True
    tree = facts.syntax(file)
    nodes = list(ast.walk(tree)) if tree is not None else []
    uses = sum(isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load) for each in nodes)
    return uses > registered
