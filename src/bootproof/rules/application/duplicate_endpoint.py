"""Two views are registered under one endpoint name

## What happens
Flask and Quart raise at the second decorator: another function has this endpoint already.

## Why the server cannot start
A view's endpoint is the name of its function unless it is named. Two functions of one name, or two that one decorator
has wrapped without keeping their names, would have one endpoint, and `url_for` could not tell them apart.

## How to recognise it
The framework's `add_url_rule` raised, called by a decorator or a call of the project's own; the view is a function whose
name an earlier view has, or stands under a decorator of the project whose inner function has another name.

## How it is fixed
The second view is given a name: `endpoint="…"`. Where a decorator lost the names, it keeps them: `functools.wraps`.

## Fix safety
Safe: the paths, the functions and the first view's endpoint stay what they were.

## References
https://flask.palletsprojects.com/en/stable/api/#flask.Flask.add_url_rule
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import add_argument, insert_decorator
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, covers, dotted_name, meaning, text_of
from bootproof.rules.registry import finding

CODE = "BP460"
FRAMEWORKS = ("flask", "quart")
ROUTES = ("route", "get", "post", "put", "patch", "delete")
KEEP = frozenset({"wraps", "decorator"})


@dataclass(frozen=True)
class _View:
    """A view: its route's decorator, what that is an attribute of, and the own decorator that lost its name."""

    file: str
    function: Function
    route: ast.Call
    on: str
    lost: "tuple[str, Function, Function] | None" = None  # file, decorator, its inner function

    @property
    def endpoint(self) -> str:
        return self.lost[2].name if self.lost else self.function.name


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The view that comes second, or the decorator that lost the names."""
    for failure in symptom.failures:
        frame = failure.own_frame
        if frame is None or not _refused(failure):
            continue
        # a blueprint's views are registered with the blueprint: then no frame stands at the view
        views = list(_views(facts, frame.file))
        at = [each for each in views if covers(each.route, frame.line)]
        if not at:
            views = [each for file in facts.files_with(b"Blueprint") for each in _views(facts, file)]
        for first, second in _twice(views):
            if at and second not in at:
                continue
            if first.lost and second.lost:
                file, decorator, inner = second.lost
                yield finding(
                    __name__, decorator.name, file=file, line=inner.lineno,
                    cause=f"the decorator `{decorator.name}` makes views that are all called `{inner.name}`",
                    explanation="An endpoint is named like its function, and the decorated ones have lost their own names.",
                    related=(Location(second.file, second.route.lineno, note="the second view that it decorates"),),
                    data={"inner": inner, "wrapped": decorator.args.args[0].arg},
                )  # fmt: skip
                return
            name = second.endpoint
            yield finding(
                __name__, f"{name}:{_path(second.route)}", file=second.file, line=second.route.lineno,
                end_line=second.function.lineno,
                cause=f"the view `{second.function.name}` has the name, and so the endpoint, of another one",
                related=(Location(first.file, first.function.lineno, note="has the name already"),),
                data={"call": second.route, "name": name, "taken": {each.endpoint for each in views}},
            )  # fmt: skip
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A name for the second view, or `functools.wraps`."""
    text = facts.text(finding.file) or b""
    call, inner, taken = (finding.data.get(each) for each in ("call", "inner", "taken"))
    if isinstance(inner, Function):
        wraps, imports = known_as(facts, finding.file, "functools", "wraps")
        made = insert_decorator(finding.file, text, inner, f"{wraps}({finding.data['wrapped']})", innermost=True)
        return Fix("keep the names of what is decorated", Safety.SAFE, (*imports, made))
    if not isinstance(call, ast.Call) or not isinstance(taken, set):
        return None
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"<[^>]*>", "", _path(call)))
    wanted = f"{finding.data['name']}_{'_'.join(words) or 'again'}"
    while wanted in taken:
        wanted += "_"
    named = add_argument(finding.file, text, call, "endpoint", f'"{wanted}"')
    return Fix(f"call its endpoint `{wanted}`", Safety.SAFE, (named,))


def _refused(failure: Failure) -> bool:
    last = failure.frames[-1] if failure.frames else None
    ours = last is not None and last.function == "add_url_rule" and last.module.partition(".")[0] in FRAMEWORKS
    return ours and failure.is_a("AssertionError", "ValueError")


def _views(facts: Facts, file: str) -> Iterator[_View]:
    """The views of a file that are registered under the names of their functions."""
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        for each in node.decorator_list if isinstance(node, Function) else ():
            if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Attribute) or each.func.attr not in ROUTES:
                continue
            if isinstance(node, Function) and not any(one.arg == "endpoint" for one in each.keywords):
                lost = next(_without_names(facts, file, node), None)
                yield _View(file, node, each, dotted_name(each.func.value), lost)


def _twice(views: Iterable[_View]) -> Iterator[tuple[_View, _View]]:
    known: dict[tuple[str, str, str], _View] = {}
    for each in views:
        first = known.setdefault((each.file, each.on, each.endpoint), each)
        if first.function is not each.function:
            yield first, each


def _without_names(facts: Facts, file: str, view: Function) -> Iterator[tuple[str, Function, Function]]:
    """The own decorators of a view that give back an inner function which keeps nothing: file, decorator, inner."""
    for each in view.decorator_list:
        found = meaning(facts, file, each) if not isinstance(each, ast.Call) else None
        made = found.node if found is not None else None
        if found is None or not isinstance(made, Function) or not made.args.args:
            continue
        given = {dotted_name(one.value) for one in made.body if isinstance(one, ast.Return) and one.value is not None}
        for node in made.body:
            if isinstance(node, Function) and node.name in given:
                kept = {
                    dotted_name(one.func if isinstance(one, ast.Call) else one).rpartition(".")[2] for one in node.decorator_list
                }
                if not kept & KEEP and f"{CODE}:{found.file}:{made.name}" not in facts.planned:
                    yield found.file, made, node


def _path(call: ast.Call) -> str:
    return (text_of(call.args[0]) if call.args else None) or ""
