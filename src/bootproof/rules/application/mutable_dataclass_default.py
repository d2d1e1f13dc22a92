"""A field of a dataclass has a default that all its objects would share

## What happens
`@dataclass` raises `ValueError` while the module is imported.

## Why the server cannot start
A default that can be changed (`[]`, `{}`, an object without a hash) would be the same one for every object.
`dataclasses` refuses it.

## How to recognise it
`dataclasses` raised the error, the own frame stands at a class, and a field of that class has such a default:
a list, a dictionary or a set as written, or what a call gives.

## How it is fixed
The field makes a new one for each object: `field(default_factory=list)`, for anything that is not empty
`field(default_factory=lambda: …)`.

## Fix safety
Safe: each object starts with the same value.

## References
https://docs.python.org/3/library/dataclasses.html#mutable-default-values
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import covers, keyword, outside, own_frames
from bootproof.rules.registry import finding

CODE = "BP420"
FACTORIES = frozenset({"list", "dict", "set", "bytearray", "collections.deque", "collections.OrderedDict"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every field with such a default in the class that was refused."""
    for failure in symptom.failures:
        refused = failure.is_a("ValueError") and failure.frames and failure.frames[-1].module == "dataclasses"
        for frame in own_frames(failure)[:1] if refused else ():
            tree = facts.syntax(frame.file)
            for node in ast.walk(tree) if tree is not None else ():
                made = isinstance(node, ast.ClassDef) and (
                    node.lineno == frame.line or any(covers(each, frame.line) for each in node.decorator_list)
                )
                if made and isinstance(node, ast.ClassDef):
                    yield from _of_class(facts, frame.file, node, failure)


def _of_class(facts: Facts, file: str, node: ast.ClassDef, failure: Failure) -> Iterator[Finding]:
    fields = [(each, _default(each)) for each in node.body if isinstance(each, ast.AnnAssign)]
    certain = [(each, value) for each, value in fields if value is not None and _is_mutable(facts, file, value)]
    # what another call gives may be without a hash: no attribute carries the field, its name is taken from the message
    words = re.findall(r"\w+", failure.message)
    perhaps = [(each, value) for each, value in fields if isinstance(value, ast.Call) and ast.unparse(each.target) in words]
    for each, value in certain or perhaps:
        name = ast.unparse(each.target)
        yield finding(
            __name__,
            f"{node.name}.{name}",
            file=file,
            line=each.lineno,
            cause=f"all objects of `{node.name}` would share the default of `{name}`",
            data={"value": value, "field": each},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A factory in the place of the default."""
    value, field = finding.data["value"], finding.data["field"]
    if not isinstance(value, ast.expr) or not isinstance(field, ast.AnnAssign):
        return None
    file, text = finding.file, facts.text(finding.file) or b""
    factory = _factory(facts, file, value)
    if value is not field.value:  # it is the default of a `field(…)`
        call = field.value
        given = next((each for each in call.keywords if each.value is value), None) if isinstance(call, ast.Call) else None
        if given is None:
            return None
        made = replace_node(file, text, given, f"default_factory={factory}")
        return Fix("make a new one for each object", Safety.SAFE, (made,))
    name, imports = known_as(facts, file, "dataclasses", "field")
    made = replace_node(file, text, value, f"{name}(default_factory={factory})")
    return Fix("make a new one for each object", Safety.SAFE, (*imports, made))


def _default(node: ast.AnnAssign) -> ast.expr | None:
    """The default of a field, as written or in `field(default=…)`."""
    if node.value is None or "ClassVar" in ast.unparse(node.annotation):
        return None
    made = isinstance(node.value, ast.Call) and ast.unparse(node.value.func).rpartition(".")[2] == "field"
    return keyword(node.value, "default") if made and isinstance(node.value, ast.Call) else node.value


def _is_mutable(facts: Facts, file: str, value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return (outside(facts, file, value.func) or ast.unparse(value.func)) in FACTORIES
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def _factory(facts: Facts, file: str, value: ast.expr) -> str:
    empty = {ast.List: "list", ast.Dict: "dict", ast.Set: "set"}.get(type(value), "")
    if empty and not any(isinstance(each, ast.expr) for each in ast.iter_child_nodes(value)):
        return empty
    if isinstance(value, ast.Call) and not value.args and not value.keywords:
        return source(facts, file, value.func)
    return f"lambda: {source(facts, file, value)}"
