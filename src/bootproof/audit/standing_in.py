"""Whether a failure that no rule knows may come of a value that stands in for one that only a person knows."""

import ast
from collections.abc import Iterator, Mapping

from bootproof.audit.search import Found
from bootproof.model.facts import Facts
from bootproof.model.masking import mask
from bootproof.model.symptom import Failure
from bootproof.rules.origins import origins
from bootproof.rules.reading import own_frames, statement_at
from bootproof.rules.undiagnosed import undiagnosed

_MISTAKES = ("TypeError", "AttributeError", "NameError", "ImportError", "SyntaxError")  # of code, whatever the value
_TELLING = 8  # characters from which a value in a message is no chance


def of_stand_in(found: Found, facts: Facts) -> str:
    """Why the last failure proves nothing: a stand-in is in its words, or in the statements that led to it; else ""."""
    values = {name: value for each in found.plan if each.fix for name, value in each.fix.stand_ins.items()}
    unknown = bool(found.stuck) and all(each.code == undiagnosed.CODE for each in found.stuck)
    if not values or not unknown:
        return ""
    for failure in found.last.symptom.failures:
        told = _given(failure)
        for name, value in values.items():
            spelled = {value, mask(value)}
            if any(len(each) >= _TELLING and each in failure.message for each in spelled) or told & spelled:
                return f"it may come of the value that stands in for `{name}`"
        if "errors" in failure.facts or failure.is_a(*_MISTAKES):  # it says itself which values it refused, or refused none
            continue
        for name in _read(failure, facts):
            if name in values:
                return f"it may come of the value that stands in for `{name}`"
    return ""


def _given(failure: Failure) -> set[str]:
    """The values that a validation refused."""
    listed = failure.facts.get("errors")
    return {str(each.get("input")) for each in (listed if isinstance(listed, list) else ()) if isinstance(each, Mapping)}


def _read(failure: Failure, facts: Facts) -> Iterator[str]:
    """The variables that the own statements on the way to a failure read."""
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        statement = statement_at(tree, frame.line) if tree is not None else None
        if statement is None or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
                for origin in origins(facts, frame.file, node):
                    yield from origin.variables
