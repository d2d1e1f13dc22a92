"""Lifespans: which own function an application is given for one, and what makes it none."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bootproof.model.facts import Facts
from bootproof.rules.application._apps import App, own_function
from bootproof.rules.reading import Function, outside


class Fault(Enum):
    """What keeps a function from being a lifespan."""

    CALLED = auto()  # `lifespan=lifespan()`
    NO_PARAMETER = auto()
    NO_YIELD = auto()
    YIELD_SKIPPED = auto()  # some way through it meets no yield
    SYNCHRONOUS = auto()  # `def` under `asynccontextmanager`, or anything under `contextmanager`
    PLAIN = auto()  # neither decorated nor a generator


@dataclass(frozen=True)
class Lifespan:
    """The own function that an application is given as its lifespan; `given` is the expression in the call."""

    app: App
    given: ast.expr
    file: str
    function: Function

    @property
    def yields(self) -> tuple[ast.Yield, ...]:
        """Its own yields, not those of functions inside it."""
        return tuple(each for each in own_nodes(self.function) if isinstance(each, ast.Yield))

    @property
    def resting(self) -> ast.stmt | None:
        """The statement at which it waits while the server runs: its only `yield`, where that is a statement."""
        found = [
            each
            for each in own_nodes(self.function)
            if isinstance(each, ast.Expr | ast.Assign) and isinstance(each.value, ast.Yield)
        ]
        return found[0] if len(found) == 1 and len(self.yields) == 1 else None


def lifespan_of(facts: Facts, app: App) -> Lifespan | None:
    """The application's own lifespan, None where it has none or it is made elsewhere."""
    given = app.given("lifespan")
    if given is None:
        return None
    named = given.func if isinstance(given, ast.Call) else given
    found = own_function(facts, app.file, named)
    return Lifespan(app, given, *found) if found is not None else None


def decorator(facts: Facts, lifespan: Lifespan, name: str) -> ast.expr | None:
    """The decorator of `contextlib` with that name."""
    for each in lifespan.function.decorator_list:
        if outside(facts, lifespan.file, each) == f"contextlib.{name}":
            return each
    return None


def faults(facts: Facts, lifespan: Lifespan) -> tuple[Fault, ...]:
    """Everything that keeps the function from being a lifespan; empty where nothing is known to."""
    function = lifespan.function
    asynchronous = isinstance(function, ast.AsyncFunctionDef)
    managed = decorator(facts, lifespan, "asynccontextmanager") is not None
    synchronous = decorator(facts, lifespan, "contextmanager") is not None
    known = managed or synchronous or not function.decorator_list
    plain = known and not managed and not synchronous and not lifespan.yields
    if plain and not asynchronous and any(_gives(each) for each in own_nodes(function)):
        return ()  # a function that returns a lifespan's context: called or not, it is as good as one
    if not known:
        return ()
    found = []
    if isinstance(lifespan.given, ast.Call):
        found.append(Fault.CALLED)
    if not (function.args.args or function.args.posonlyargs or function.args.vararg):
        found.append(Fault.NO_PARAMETER)
    if synchronous or (managed and not asynchronous):
        found.append(Fault.SYNCHRONOUS)
    if plain:
        found.append(Fault.PLAIN)
    if not lifespan.yields:
        found.append(Fault.NO_YIELD)
    elif _endings(function.body) != {"yields"}:
        found.append(Fault.YIELD_SKIPPED)
    return tuple(found)


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without functions and classes inside it."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def _gives(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and node.value is not None


def _endings(body: list[ast.stmt]) -> frozenset[str]:
    """How a block may be left before any yield: it yields (or raises), it returns, it falls off its end."""
    found: set[str] = set()
    for each in body:
        ends = _ending(each)
        found |= ends - {"falls"}
        if "falls" not in ends:
            return frozenset(found)
    return frozenset(found | {"falls"})


def _ending(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.Return):
        return frozenset({"returns"})
    if isinstance(node, ast.Raise):
        return frozenset({"yields"})
    if isinstance(node, ast.If):
        return _endings(node.body) | _endings(node.orelse)
    if isinstance(node, ast.With | ast.AsyncWith | ast.Try):
        return _endings(node.body)
    inside = isinstance(node, Function | ast.ClassDef)
    return frozenset({"falls" if inside or not any(isinstance(each, ast.Yield) for each in ast.walk(node)) else "yields"})
