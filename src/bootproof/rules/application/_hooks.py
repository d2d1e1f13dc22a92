"""What applications are told to run at their start and end, and how a lifespan comes to run it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bootproof.edits.making import edit, indented
from bootproof.edits.python import (
    add_argument,
    drop_argument,
    drop_decorator,
    drop_statement,
    insert_statement_after,
    insert_statement_before,
    replace_node,
)
from bootproof.edits.source import indentation, line_start
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.application._apps import App, app_of, function_around, own_function
from bootproof.rules.application._lifespans import Lifespan, faults, lifespan_of
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, keyword, text_of

EVENTS = ("startup", "shutdown")
REGISTERS = frozenset({"on_event", "add_event_handler"})


@dataclass(frozen=True)
class Hook:
    """One function that an application is told to run. `place` registers it: a decorator, a statement or a keyword.

    `called` is the expression that names it in `file`; `function` the own function behind it, if it is one.
    """

    app: App
    event: str
    file: str
    place: ast.expr | ast.stmt | ast.keyword
    called: ast.expr | None
    function: Function | None
    function_file: str

    @property
    def line(self) -> int:
        """The line that registers it."""
        return self.place.lineno

    @property
    def name(self) -> str:
        """How it is called, for people."""
        return self.function.name if self.function is not None else self.event


def hooks(facts: Facts, app: App) -> tuple[Hook, ...]:
    """Everything that the application is told to run, in the order of registration."""
    found = [*_keywords(facts, app)]
    for file in sorted({each for name in REGISTERS for each in facts.files_with(name.encode())} & facts.reachable()):
        found += _registered(facts, app, file)
    return tuple(found)


def into_lifespan(facts: Facts, app: App, found: Sequence[Hook]) -> list[AnyEdit] | None:
    """The edits that make the application's lifespan run the hooks, its own or a new one; None where they cannot.

    All must be known functions that the lifespan can name: a call that may have to be awaited is not guessed.
    """
    lines: dict[str, list[str]] = {event: [] for event in EVENTS}
    for each in found:
        code = _call(facts, each)
        if code is None or each.file != app.file or function_around(facts, each.file, each.place) is not app.inside:
            return None
        lines[each.event].append(code)
    lifespan = lifespan_of(facts, app)
    if lifespan is None and app.given("lifespan") is not None:
        return None
    places = list({id(each.place): each.place for each in found}.values())
    if lifespan is not None:
        made = _extended(facts, lifespan, lines)
    else:  # the new keyword takes the place of one that goes: of all that a call is given that may be the only one
        gone = next((each for each in places if isinstance(each, ast.keyword)), None)
        made = made_new(facts, app, lines, instead=gone)
        places = [each for each in places if each is not gone]
    return None if made is None else [*made, *_unregistered(facts, app, places)]


def made_new(
    facts: Facts, app: App, lines: dict[str, list[str]], *, around: str = "", instead: ast.keyword | None = None
) -> list[AnyEdit]:
    """The edits that give an application without a lifespan one that runs these lines, in a `with` where `around` is one.

    It is passed `instead` of a keyword, else besides what the application is given.
    """
    file, text = app.file, facts.text(app.file) or b""
    manager, imports = known_as(facts, file, "contextlib", "asynccontextmanager")
    tree = facts.syntax(file)
    taken = {each.name for each in ast.walk(tree) if isinstance(each, Function)} if tree is not None else set()
    name = "lifespan" if "lifespan" not in taken else f"{app.name or 'app'}_lifespan"
    start = facts.span(file, app.statement)[0]
    blanks, place = indentation(text, start), line_start(text, start)
    rest = "\n".join([*lines["startup"], "yield", *lines["shutdown"]])
    body = f"{around}:\n{indented(rest, '    ')}" if around else rest
    code = f"@{manager}\nasync def {name}(_app):\n{indented(body, '    ')}\n"
    outer = not blanks
    before = text[:place].replace(b"\r\n", b"\n")
    gap = "\n" * max(0, 3 - (len(before) - len(before.rstrip(b"\n")))) if outer and before.strip() else ""
    new = gap + indented(code, blanks) + ("\n\n\n" if outer else "\n\n")
    passing = (
        replace_node(file, text, instead, f"lifespan={name}")
        if instead is not None
        else add_argument(file, text, app.call, "lifespan", name)
    )
    return [*imports, edit(file, text, place, place, new), passing]


def _keywords(facts: Facts, app: App) -> Iterator[Hook]:
    for each in app.call.keywords:
        event = (each.arg or "").removeprefix("on_")
        if event not in EVENTS or each.arg == event:
            continue
        items = each.value.elts if isinstance(each.value, ast.List | ast.Tuple) else [each.value]
        for item in items:
            found = own_function(facts, app.file, item)
            yield Hook(app, event, app.file, each, item, *_function(found))


def _registered(facts: Facts, app: App, file: str) -> Iterator[Hook]:
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, Function):
            for each in node.decorator_list:
                event = _event(facts, app, file, each)
                if event:
                    yield Hook(app, event, file, each, None, node, file)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            event = _event(facts, app, file, call)
            given = call.args[1] if len(call.args) > 1 else keyword(call, "func")
            if event and given is not None:
                yield Hook(app, event, file, node, given, *_function(own_function(facts, file, given)))


def _event(facts: Facts, app: App, file: str, node: ast.expr) -> str:
    """The event for which a call registers something with the application, "" where it does not."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in REGISTERS:
        return ""
    owner = node.func.value
    if isinstance(owner, ast.Attribute) and owner.attr == "router":
        owner = owner.value
    event = text_of(node.args[0]) if node.args else text_of(keyword(node, "event_type"))
    if event not in EVENTS:
        return ""
    held = app_of(facts, file, owner)
    return event if held is not None and held.call is app.call else ""


def _function(found: tuple[str, Function] | None) -> tuple[Function | None, str]:
    return (found[1], found[0]) if found is not None else (None, "")


def _call(facts: Facts, hook: Hook) -> str | None:
    """The statement that runs it; None where nobody can tell whether it is to be awaited."""
    if isinstance(hook.called, ast.Lambda):
        return f"({source(facts, hook.file, hook.called)})()"
    if hook.function is None or hook.function.args.args:
        return None
    named = hook.function.name if hook.called is None else source(facts, hook.file, hook.called)
    return f"await {named}()" if isinstance(hook.function, ast.AsyncFunctionDef) else f"{named}()"


def _extended(facts: Facts, lifespan: Lifespan, lines: dict[str, list[str]]) -> list[AnyEdit] | None:
    """The edits that put the lines before and behind the only `yield` of a lifespan."""
    rest = lifespan.resting
    if rest is None or lifespan.file != lifespan.app.file or faults(facts, lifespan):
        return None
    file, text = lifespan.file, facts.text(lifespan.file) or b""
    made: list[AnyEdit] = []
    if lines["startup"]:
        made.append(insert_statement_before(file, text, rest, "\n".join(lines["startup"])))
    if lines["shutdown"]:
        made.append(insert_statement_after(file, text, rest, "\n".join(lines["shutdown"])))
    return made


def _unregistered(facts: Facts, app: App, places: Sequence[ast.expr | ast.stmt | ast.keyword]) -> list[AnyEdit]:
    """The edits that register nothing there any more."""
    file, text, tree = app.file, facts.text(app.file) or b"", facts.syntax(app.file)
    made: list[AnyEdit] = []
    for place in places:
        if isinstance(place, ast.keyword):
            made.append(drop_argument(file, text, app.call, place.arg or ""))
        elif isinstance(place, ast.stmt) and tree is not None:
            made.append(drop_statement(file, text, tree, place))
        elif isinstance(place, ast.expr):
            made.append(drop_decorator(file, text, place))
    return made
