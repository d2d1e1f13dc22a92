"""Objects that `with` or `async with` was asked to enter, and which of the two does enter them."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Symptom
from bootproof.rules.connecting._code import label, nodes_at, own_innermost, source
from bootproof.rules.kinds import Names, given_by, seen_names, speaks
from bootproof.rules.reading import Function, meaning

Enters = Callable[[Facts, str, ast.expr, Names], bool]
METHODS = {"with": "__enter__", "async with": "__aenter__"}


@dataclass(frozen=True)
class Refused:
    """A statement that entered what it cannot. `names`: what the names at the frame stood for; `what`: its source."""

    file: str
    node: ast.With | ast.AsyncWith
    names: Names
    key: str
    what: str


def refused(symptom: Symptom, facts: Facts, word: str, enters: Enters) -> Iterator[Refused]:
    """The statements (`word`: "with" or "async with") that the interpreter refused, of what only the other one `enters`."""
    kind = ast.AsyncWith if word == "async with" else ast.With
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if frame is None or failure.facts.get("protocol") != word:
            continue
        names = seen_names(failure.facts)
        for node in nodes_at(facts, frame):
            if not isinstance(node, kind) or node.items[0].context_expr.lineno > frame.line:
                continue
            item = next((each for each in node.items if enters(facts, frame.file, each.context_expr, names)), None)
            if item is not None:
                key = f"{label(facts, frame.file, frame.line)}:{ast.unparse(item.context_expr)}"
                yield Refused(frame.file, node, names, key, source(facts, frame.file, item.context_expr))


def only(word: str, makes: Callable[[ast.expr], bool], facts: Facts, file: str, node: ast.expr, names: Names) -> bool:
    """Whether an expression gives what one of the two statements enters and the other does not.

    `makes` tells the decorator that makes such an object of a generator.
    """
    other = "with" if word == "async with" else "async with"
    found = meaning(facts, file, node.func) if isinstance(node, ast.Call) else None
    if found is not None and isinstance(found.node, Function):
        return any(makes(each) for each in found.node.decorator_list)
    if found is not None and isinstance(found.node, ast.ClassDef):
        methods = {each.name for each in found.node.body if isinstance(each, Function)}
        return METHODS[word] in methods and METHODS[other] not in methods
    given = given_by(facts, file, node, names)
    if given is None or given.how in (other, "await"):
        return False
    return given.how == word or (speaks(facts, given.type, word) and not speaks(facts, given.type, other))
