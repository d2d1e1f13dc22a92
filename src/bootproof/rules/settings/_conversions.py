"""Values that the code itself makes a number or a truth of, and that are none."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.project import SettingValue
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import dotted_name, keyword, own_frames, statement_at

_TRUTHS = frozenset({"true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"})
_MAKES: dict[str, Callable[[str], object]] = {"int": int, "float": float, "bool": _TRUTHS.__contains__}


@dataclass(frozen=True)
class Conversion:
    """A read of a variable whose value, set in a file, is no `kind`. `optional`: the read has a default."""

    origin: Origin
    value: SettingValue
    kind: str
    optional: bool
    failure: Failure


def conversions(symptom: Symptom, facts: Facts) -> Iterator[Conversion]:
    """The reads in failing statements that make of a value what it is not."""
    for failure in symptom.failures:
        frame = next(iter(own_frames(failure)), None)
        tree = facts.syntax(frame.file) if frame is not None and failure.is_a("ValueError") else None
        statement = statement_at(tree, frame.line) if tree is not None and frame is not None else None
        if frame is None or statement is None:
            continue
        for call in (each for each in ast.walk(statement) if isinstance(each, ast.Call)):
            kind = _kind(call)
            for origin in origins(facts, frame.file, call) if kind else ():
                value = effective(facts, origin.variables) if origin.variables and origin.field is None else None
                if value is not None and value.key in origin.variables and not _parses(kind, value.value):
                    yield Conversion(origin, value, kind, _has_default(origin.node), failure)


def _kind(call: ast.Call) -> str:
    """What a call makes of a value: `int(…)`, `env.int(…)`, `config(…, cast=int)`."""
    last = call.func.attr if isinstance(call.func, ast.Attribute) else dotted_name(call.func)
    cast = keyword(call, "cast")
    given = dotted_name(cast) if cast is not None else last
    return given if given in _MAKES and (cast is not None or not _takes_all(call)) else ""


def _takes_all(call: ast.Call) -> bool:
    """`int(text, 16)` reads other texts than these, and `bool(text)` every one."""
    return isinstance(call.func, ast.Name) and (call.func.id == "bool" or len(call.args) + len(call.keywords) > 1)


def _parses(kind: str, text: str) -> bool:
    try:
        return bool(_MAKES[kind](text.lower())) or kind != "bool"
    except ValueError:
        return False


def _has_default(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (len(node.args) > 1 or keyword(node, "default") is not None)
