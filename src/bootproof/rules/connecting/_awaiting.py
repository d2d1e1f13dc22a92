"""Calls whose result should have been awaited, seen by what a coroutine was asked, by objects, by warnings."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.connecting._code import assignment, called, function_at, nodes_at, own_innermost
from bootproof.rules.kinds import seen_names, speaks
from bootproof.rules.reading import Function, covers, dotted_name


@dataclass(frozen=True)
class Missing:
    """A call without its `await`. `used`: the attribute that was asked of its coroutine."""

    file: str
    function: Function
    call: ast.Call
    shows: str
    used: ast.Attribute | None = None


def of_coroutines(failure: Failure, facts: Facts) -> Missing | None:
    """The project's own line asked a coroutine object for an attribute."""
    frame = own_innermost(failure)
    if frame is None or not failure.is_a("AttributeError"):
        return None
    name, names = failure.facts.get("name"), seen_names(failure.facts)
    function = function_at(facts, frame.file, frame.line)
    if not isinstance(function, ast.AsyncFunctionDef):
        return None
    told = failure.facts.get("obj_type") == "coroutine"
    for node in nodes_at(facts, frame):
        asked = isinstance(node, ast.Attribute) and (
            (told and node.attr == name) or names.get(dotted_name(node.value)) == "coroutine"
        )
        if not asked or not isinstance(node, ast.Attribute):
            continue
        call = node.value if isinstance(node.value, ast.Call) else _made(function, dotted_name(node.value), node.lineno)
        if call is not None:
            return Missing(frame.file, function, call, f"`.{node.attr}` is asked of the coroutine", node)
    return None


def of_objects(failure: Failure, facts: Facts) -> Missing | None:
    """A method raised in its object's own class, and the object, which can be awaited, was not."""
    frame, kind = failure.own_frame, str(failure.facts.get("receiver") or "")
    if frame is None or not kind or failure.facts.get("sqlstate") or not speaks(facts, kind, "await"):
        return None
    bases = facts.ask("mro", path=_with_colon(kind))
    homes = {each.rpartition(".")[0] for each in bases} if isinstance(bases, list) else set()
    behind = failure.frames[failure.frames.index(frame) + 1 :]
    top = kind.partition(".")[0]
    if not behind or behind[-1].module not in homes or any(each.module.partition(".")[0] != top for each in behind):
        return None
    for node in nodes_at(facts, frame):
        holder = dotted_name(node.value) if isinstance(node, ast.Attribute) else ""
        if not holder or not isinstance(node, ast.Attribute) or node.attr != failure.facts.get("method"):
            continue
        tree = facts.syntax(frame.file)
        given = assignment(tree, holder, frame.line)
        call = given.value if given is not None else None
        function = function_at(facts, frame.file, call.lineno) if call is not None else None
        if (
            isinstance(call, ast.Call)
            and isinstance(function, ast.AsyncFunctionDef)
            and not any(_enters(each, holder) for each in (ast.walk(tree) if tree else ()))
        ):
            shows = f"`{holder}` (`{kind.rpartition('.')[2]}`) was never started"
            return Missing(frame.file, function, call, shows)
    return None


def of_warnings(symptom: Symptom, facts: Facts) -> Iterator[Missing]:
    """Python told of a coroutine that went away without having run, and its call stands alone on the line."""
    for failure in (*symptom.chain, *(each for mishap in symptom.mishaps if mishap.unawaited for each in mishap.chain)):
        told, frame = failure.facts.get("coroutine"), failure.own_frame
        if not isinstance(told, str) or frame is None:
            continue
        name, function = told.rpartition(".")[2], function_at(facts, frame.file, frame.line)
        for node in ast.walk(function) if function is not None else ():
            call = node.value if isinstance(node, ast.Expr) else None
            if isinstance(call, ast.Call) and covers(call, frame.line) and called(call) == name and not _hands_on(call, name):
                assert function is not None
                yield Missing(frame.file, function, call, "its coroutine is made and never runs")


def _made(function: ast.AsyncFunctionDef, name: str, line: int) -> ast.Call | None:
    """The call that a name was given in this function."""
    given = assignment(function, name, line) if name else None
    return given.value if given is not None and isinstance(given.value, ast.Call) else None


def _enters(node: ast.AST, holder: str) -> bool:
    """Whether a node awaits or enters the object: then it was started."""
    if isinstance(node, ast.Await):
        return dotted_name(node.value) == holder
    return isinstance(node, ast.AsyncWith) and any(dotted_name(each.context_expr) == holder for each in node.items)


def _hands_on(call: ast.Call, name: str) -> bool:
    return any(isinstance(each, ast.Call) and called(each) == name for each in [*call.args, *call.keywords])


def _with_colon(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"{module}:{name}"
