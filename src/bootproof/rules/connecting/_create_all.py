"""Uses of `create_all` and `drop_all`, and the edits that await code in the place of a statement."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.edits.source import indentation
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Frame
from bootproof.rules.connecting._code import called, function_at, nodes_at, source, statement_at
from bootproof.rules.lifespan import moved_to_start
from bootproof.rules.reading import keyword

METHODS = frozenset({"create_all", "drop_all"})


@dataclass(frozen=True)
class Use:
    """One use of `create_all`. `runs` is the `run_sync(…)` that it is passed to, `passed` its own call, if any.

    `extra` are further arguments that could be the connection; `more` those that stay, as code.
    """

    file: str
    whole: ast.Call
    method: ast.Attribute
    runs: ast.Call | None
    passed: ast.Call | None
    bind: ast.expr | None
    extra: tuple[ast.expr, ...]
    more: tuple[ast.expr | ast.keyword, ...]

    @property
    def on_metadata(self) -> bool:
        """Whether it is asked of a metadata, as far as names tell."""
        value = self.method.value
        name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
        return "meta" in name.lower()

    def said(self, facts: Facts) -> str:
        """What `run_sync` is to be given."""
        holder = source(facts, self.file, self.method.value) + ("" if self.on_metadata else ".metadata")
        more = [source(facts, self.file, each) for each in self.more]
        return ", ".join([f"{holder}.{self.method.attr}", *more])


def uses_at(facts: Facts, frame: Frame) -> Iterator[Use]:
    """The uses over a frame's line."""
    calls = [node for node in nodes_at(facts, frame) if isinstance(node, ast.Call)]
    for runs in calls:
        if called(runs) != "run_sync" or not runs.args:
            continue
        first = runs.args[0]
        inner = first if isinstance(first, ast.Call) else None
        method = inner.func if inner is not None else first
        if isinstance(method, ast.Attribute) and method.attr in METHODS:
            given = inner if inner is not None else runs
            rest = given.args if inner is not None else runs.args[1:]
            bind = keyword(given, "bind")
            tables = 1 if rest[:1] and not isinstance(rest[0], ast.List | ast.Tuple) else 0
            extra = tuple(each for each in (bind, *rest[:tables]) if each is not None)
            more: list[ast.expr | ast.keyword] = [*rest[tables:], *_others(given)]
            yield Use(frame.file, runs, method, runs, inner, None, extra, tuple(more))
            return
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS:
            bind = keyword(call, "bind") or (call.args[0] if call.args else None)
            yield Use(frame.file, call, call.func, None, call, bind, (), (*call.args[1:], *_others(call)))


def _others(call: ast.Call) -> list[ast.keyword]:
    return [each for each in call.keywords if each.arg != "bind"]


def awaiting(facts: Facts, frames: Sequence[Frame], call: ast.Call, code: str) -> list[AnyEdit] | None:
    """The edits that put `code`, which awaits, in the place of a call that is a statement; None where none can.

    `frames` are the own frames of the failure, innermost first: where the statement stands in a plain function, its
    caller has to await that one.
    """
    file, text, tree = frames[0].file, facts.text(frames[0].file) or b"", facts.syntax(frames[0].file)
    statement = statement_at(tree.body, call.lineno) if tree is not None else None
    if not isinstance(statement, ast.Expr) or statement.value is not call:
        return None
    function = function_at(facts, file, call.lineno)
    if function is None:
        target = facts.project.target
        return moved_to_start(facts, target, file, statement, code) if target is not None else None
    inner = indentation(text, facts.span(file, statement)[0])
    here: list[AnyEdit] = [replace_node(file, text, statement, code.replace("\n", f"\n{inner}"))]
    if isinstance(function, ast.AsyncFunctionDef):
        return here
    others = [each for each in frames[1:2] if each.function != function.name]
    calls = [each for frame in others for each in nodes_at(facts, frame) if isinstance(each, ast.Call)]
    calls = [each for each in calls if called(each) == function.name]
    if not calls or function.decorator_list or _called_elsewhere(facts, function.name) > 1:
        return None
    start = facts.span(file, function)[0]
    again = awaiting(facts, frames[1:], calls[0], f"await {source(facts, others[0].file, calls[0])}")
    return [edit(file, text, start, start, "async "), *here, *again] if again is not None else None


def _called_elsewhere(facts: Facts, name: str) -> int:
    """How often own code names a function, but for its definition and imports."""
    trees = [tree for file in facts.files_with(name.encode()) if (tree := facts.syntax(file)) is not None]
    return sum(
        isinstance(node, ast.Name | ast.Attribute) and name == getattr(node, "id", getattr(node, "attr", ""))
        for tree in trees
        for node in ast.walk(tree)
    )
