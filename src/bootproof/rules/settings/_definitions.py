"""Classes that pydantic refused while they were defined: which, and why, by the error's own code."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame
from bootproof.rules.reading import Function, covers, lineage, outside, own_frames

PYDANTIC = ("pydantic", "pydantic_core", "pydantic_settings")


@dataclass(frozen=True)
class Definition:
    """A class of a pydantic model. `code` is pydantic's own word for what is wrong, "" where it gives none."""

    file: str
    node: ast.ClassDef
    code: str
    failure: Failure
    line: int  # of the own frame: the class statement, or a line inside its body


def refused(facts: Facts, failure: Failure) -> Definition | None:
    """The own class whose definition pydantic refused; None where the failure is something else."""
    if not failure.frames or failure.frames[-1].module.partition(".")[0] not in PYDANTIC:
        return None
    frame = next(iter(own_frames(failure)), None)
    if frame is None:
        return None
    node = class_at(facts, frame.file, frame.line)
    if node is None or not (_is_in_body(failure, frame, node) or _is_made(failure, frame, node)):
        return None
    code = failure.facts.get("code")
    return Definition(frame.file, node, code if isinstance(code, str) else "", failure, frame.line)


def _is_in_body(failure: Failure, frame: Frame, node: ast.ClassDef) -> bool:
    """Whether pydantic refused something while the class's body ran: a decorator, a `Field`."""
    return frame.function == node.name and failure.is_a("PydanticUserError")


def _is_made(failure: Failure, frame: Frame, node: ast.ClassDef) -> bool:
    """Whether pydantic was making the class of the body: not a line of a method, that ran later."""
    making = any(each.module.startswith("pydantic._internal._model_construction") for each in failure.frames)
    return making and frame.function != node.name and frame.line <= node.body[0].lineno and not failure.is_a("ValidationError")


def class_at(facts: Facts, file: str, line: int) -> ast.ClassDef | None:
    """The innermost class that stands on a line, its decorators included."""
    tree = facts.syntax(file)
    held = [
        each
        for each in (ast.walk(tree) if tree is not None else ())
        if isinstance(each, ast.ClassDef) and (covers(each, line) or any(covers(one, line) for one in each.decorator_list))
    ]
    return max(held, key=lambda each: each.lineno, default=None)


def fields_of(facts: Facts, file: str, node: ast.ClassDef) -> dict[str, tuple[str, ast.AnnAssign]]:
    """The annotated attributes of a class and of the own classes above it, with their files; the nearest wins."""
    found: dict[str, tuple[str, ast.AnnAssign]] = {}
    for place, each in lineage(facts, file, node):
        for statement in each.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                found.setdefault(statement.target.id, (place, statement))
    return found


def decorated(facts: Facts, file: str, node: ast.ClassDef) -> Iterator[tuple[Function, ast.expr, str]]:
    """The methods that a decorator of pydantic turns into something: the method, the decorator, its name."""
    for each in node.body:
        if not isinstance(each, Function):
            continue
        for decorator in each.decorator_list:
            made = outside(facts, file, decorator.func if isinstance(decorator, ast.Call) else decorator)
            if made.partition(".")[0] in PYDANTIC:
                yield each, decorator, made.rpartition(".")[2]
