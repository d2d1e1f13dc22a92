"""Calls of `uvicorn.run` in the project's code: which application they are given, and when they are made."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame
from bootproof.rules.reading import Function, covers, dotted_name, function_at, keyword, meaning, outside, text_of

RUNS = ("uvicorn.run", "uvicorn.main.run")


@dataclass(frozen=True)
class Run:
    """One call, the statement that is it, and the function that it stands in (None at module level)."""

    file: str
    call: ast.Call
    statement: ast.Expr | None
    function: Function | None
    guarded: bool  # below `if __name__ == "__main__"`
    later: bool  # in a lambda: not made where it stands

    @property
    def application(self) -> ast.expr | None:
        """What it is given to serve."""
        return self.call.args[0] if self.call.args else keyword(self.call, "app")


def runs(facts: Facts, file: str) -> Iterator[Run]:
    """Every such call of a file."""
    tree = facts.syntax(file)
    if tree is None:
        return
    statements = {id(node.value): node for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    guards = [node for node in tree.body if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_run(facts, file, node):
            guarded = any(covers(each, node.lineno) for guard in guards for each in guard.body)
            later = any(node in ast.walk(each) for each in lambdas if covers(each, node.lineno))
            yield Run(file, node, statements.get(id(node)), function_at(tree, node.lineno), guarded, later)


def run_at(facts: Facts, failure: Failure) -> Run | None:
    """The call that the innermost own frame of a failure was making, None where it is none of these."""
    frame = failure.own_frame
    if frame is None:
        return None
    return next((each for each in runs(facts, frame.file) if covers(each.call, frame.line)), None)


def below(failure: Failure, frame: Frame) -> tuple[Frame, ...]:
    """The frames of a failure that were entered behind one of its own."""
    at = max((index for index, each in enumerate(failure.frames) if each == frame), default=-1)
    return failure.frames[at + 1 :]


def import_string(facts: Facts, run: Run) -> tuple[str, bool] | None:
    """`module:attribute` of what a call serves, and whether that is a factory; None where it has no such name."""
    given = run.application
    factory = isinstance(given, ast.Call) and not given.args and not given.keywords
    if isinstance(given, ast.Call):
        if not factory:
            return None
        given = given.func
    if given is None or text_of(given) is not None:
        return None
    if isinstance(given, ast.Name) and run.function is not None:
        value = _made_in(run.function, given.id)
        if value is not None:  # a local object: only what makes it has a name that can be imported
            if not isinstance(value, ast.Call) or value.args or value.keywords:
                return None
            given, factory = value.func, True
    found = meaning(facts, run.file, given)
    if found is None or not found.file or not found.name:
        return None
    if factory and not isinstance(found.node, ast.FunctionDef):
        return None
    return f"{facts.module_of(found.file)}:{found.name}", factory


def _made_in(function: Function, name: str) -> ast.expr | None:
    return next(
        (
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ),
        None,
    )


def _is_run(facts: Facts, file: str, call: ast.Call) -> bool:
    last = dotted_name(call.func).rpartition(".")[2]
    if not last:
        return False
    known = outside(facts, file, call.func)
    return known in RUNS or (not known and dotted_name(call.func) in RUNS and _imports_locally(facts, file, call))


def _imports_locally(facts: Facts, file: str, call: ast.Call) -> bool:
    """Whether the function around a call imports uvicorn itself."""
    tree = facts.syntax(file)
    function = function_at(tree, call.lineno) if tree is not None else None
    return function is not None and any(
        isinstance(node, ast.Import) and any(each.name == "uvicorn" and not each.asname for each in node.names)
        for node in ast.walk(function)
    )
