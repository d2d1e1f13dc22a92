"""When a module needs its imported names: at once, when a function is called, or for annotations only."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Uses:
    """What became of the names. `called` goes by the outermost function whose body uses them.

    `rebound`: bound again somewhere, exported by `__all__`, or in an annotation that a decorator (a
    route) reads
    at once: such a name cannot be moved.
    """

    eager: set[str] = field(default_factory=set)
    called: dict[_Function, set[str]] = field(default_factory=dict)
    annotated: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)


def uses(tree: ast.Module, names: Iterable[str], statement: ast.stmt) -> Uses:
    """How a module uses names that `statement` binds."""
    visitor = _Visitor(set(names), statement, _has_future_annotations(tree))
    for node in tree.body:
        visitor.walk(node, None)
    return visitor.found


def _has_future_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


class _Visitor:
    def __init__(self, names: set[str], statement: ast.stmt, postponed: bool) -> None:
        self.names = names
        self.statement = statement
        self.postponed = postponed
        self.found = Uses()

    def walk(self, node: ast.AST, function: _Function | None) -> None:
        """Visits a node; `function` is the outermost one whose body holds it, None at import time."""
        if node is self.statement:
            return
        self._note_binding(node)
        if isinstance(node, ast.Name):
            if node.id in self.names and isinstance(node.ctx, ast.Load):
                self._use(node.id, function)
        elif isinstance(node, _Function):
            self._walk_function(node, function)
        elif isinstance(node, ast.AnnAssign):
            self.walk(node.target, function)
            if node.value is not None:
                self.walk(node.value, function)
            # annotations of local variables are never evaluated
            self._annotation(node.annotation, function, local=function is not None, decorated=False)
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            exported = {each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)}
            self.found.rebound |= {name for name in self.names if name in exported}
        else:
            for child in ast.iter_child_nodes(node):
                self.walk(child, function)

    def _walk_function(self, node: _Function, function: _Function | None) -> None:
        defaults = [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]
        for child in (*node.decorator_list, *defaults, *getattr(node, "type_params", ())):
            self.walk(child, function)
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                self._note_binding(argument)
                if argument.annotation is not None:
                    self._annotation(argument.annotation, function, False, bool(node.decorator_list))
        if node.returns is not None:
            self._annotation(node.returns, function, False, bool(node.decorator_list))
        for child in node.body:
            self.walk(child, function or node)

    def _use(self, name: str, function: _Function | None) -> None:
        if function is None:
            self.found.eager.add(name)
        else:
            self.found.called.setdefault(function, set()).add(name)

    def _annotation(self, node: ast.expr, function: _Function | None, local: bool, decorated: bool) -> None:
        if not (self.postponed or local):
            self.walk(node, function)
            strings = [each for each in ast.walk(node) if isinstance(each, ast.Constant)]
            late = {name for each in strings for name in _names_in(each)}
        else:
            late = {
                name
                for each in ast.walk(node)
                for name in ([each.id] if isinstance(each, ast.Name) else _names_in(each))
            }
        into = self.found.rebound if decorated and function is None else self.found.annotated
        into |= late & self.names

    def _note_binding(self, node: ast.AST) -> None:
        bound: Iterable[str | None] = ()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound = [node.id]
        elif isinstance(node, ast.arg):
            bound = [node.arg]
        elif isinstance(node, _Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            bound = [node.name]
        elif isinstance(node, ast.MatchMapping):
            bound = [node.rest]
        elif isinstance(node, ast.Global | ast.Nonlocal):
            bound = node.names
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
        self.found.rebound |= {name for name in bound if name in self.names}


def _names_in(node: ast.AST) -> list[str]:
    """The names in an annotation that is written as a string."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return []
    try:
        written = ast.parse(node.value.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return []
    return [each.id for each in ast.walk(written) if isinstance(each, ast.Name)]
