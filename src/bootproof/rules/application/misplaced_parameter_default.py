"""A parameter has its default, or its dependency, where FastAPI takes none

## What happens
FastAPI raises `AssertionError` while the module is imported: at the endpoint's decorator, or in `Path(…)`.

## Why the server cannot start
Inside `Annotated` a default is not allowed: it stands behind `=`. A dependency stands in `Annotated` or behind
`=`, not in both. A part of the path is always there, and has no default.

## How to recognise it
FastAPI refused a parameter of the endpoint, or of one of its dependencies, and that parameter is written so.

## How it is fixed
The default moves behind `=`; of two declarations that say the same one goes; the default of a part of the path
goes. Where the order of the parameters would become illegal, `*` makes the rest keywords.

## Fix safety
Safe: FastAPI passes everything by keyword, and a default of a part of the path is never used. Where two
declarations differ, a person chooses.

## References
https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#advantages-of-annotated
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import drop_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._defaults import DEPENDS, Parameter, analysed, parameters_read, shown
from bootproof.rules.connecting._code import label, source
from bootproof.rules.reading import covers, keyword, meaning, own_frames
from bootproof.rules.registry import finding

CODE = "BP415"
PATH = frozenset({"fastapi.Path", "fastapi.params.Path", "fastapi.param_functions.Path"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each parameter that is declared so, and each `Path` with a default."""
    for failure in symptom.failures:
        for file, call in _paths(facts, failure):
            yield finding(
                __name__,
                f"{label(facts, file, call.lineno)}:{ast.unparse(call)}",
                file=file,
                line=call.lineno,
                cause=f"`{source(facts, file, call)}` gives a part of the path a default, and it is always there",
                data={"path": call},
            )
        for each in parameters_read(facts, failure) if analysed(failure) else ():
            said = _wrong(facts, each)
            if said:
                yield finding(
                    __name__,
                    f"{each.function.name}.{each.name}",
                    file=each.file,
                    line=each.argument.lineno,
                    cause=f"`{each.name}` of `{each.function.name}` {said}: `{shown(facts, each)}`",
                    data={"parameter": each},
                )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The declaration in the one place where it belongs."""
    call, each = finding.data.get("path"), finding.data.get("parameter")
    text = facts.text(finding.file) or b""
    if isinstance(call, ast.Call):
        edits: list[AnyEdit] = [drop_argument(finding.file, text, call, 0 if call.args else "default")]
        return Fix("drop the default", Safety.SAFE, tuple(edits))
    if not isinstance(each, Parameter):
        return None
    return _once(facts, each, each.metadata(facts)[-1])


def _once(facts: Facts, each: Parameter, inside: ast.Call) -> Fix | None:
    """The declaration in one place, the default behind `=`."""
    file, text, annotation = each.file, facts.text(each.file) or b"", each.argument.annotation
    value = None if each.made(facts, inside) in DEPENDS else _default(inside)
    if value is not None and each.default is None:
        dropped = drop_argument(file, text, inside, 0 if inside.args else "default")
        return Fix(
            "move the default behind `=`", Safety.SAFE, (dropped, *each.with_default(facts, source(facts, file, value)))
        )
    if value is not None or not isinstance(each.default, ast.Call) or not isinstance(annotation, ast.Subscript):
        return None
    if ast.unparse(each.default) == ast.unparse(inside):
        return Fix("say it once, in `Annotated`", Safety.SAFE, tuple(each.without_default(facts)))
    same = ast.unparse(inside.func) == ast.unparse(each.default.func) and not inside.args and not inside.keywords
    if same and isinstance(annotation.slice, ast.Tuple) and len(annotation.slice.elts) == 2:
        new = source(facts, file, annotation.slice.elts[0])
        return Fix("say it once, behind `=`", Safety.SAFE, (replace_node(file, text, annotation, new),))
    return None


def _wrong(facts: Facts, each: Parameter) -> str:
    inside = each.metadata(facts)
    if not inside:
        return ""
    if each.made(facts, inside[-1]) not in DEPENDS and _default(inside[-1]) is not None:
        return "has its default inside `Annotated`"
    if each.made(facts, each.default):
        return "is declared in `Annotated` and behind `=`"
    return ""


def _default(call: ast.Call) -> ast.expr | None:
    """The default that `Query(…)` and its like are given, `...` is none."""
    given = call.args[0] if call.args else keyword(call, "default")
    return None if isinstance(given, ast.Constant) and given.value is ... else given


def _paths(facts: Facts, failure: Failure) -> Iterator[tuple[str, ast.Call]]:
    """The own calls of `Path` with a default, where `Path` itself refused it."""
    refused = failure.is_a("AssertionError") and failure.frames and failure.frames[-1].module == "fastapi.params"
    for frame in own_frames(failure)[:1] if refused else ():
        tree = facts.syntax(frame.file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and covers(node, frame.line) and _default(node) is not None:
                made = meaning(facts, frame.file, node.func)
                if made is not None and made.outside in PATH:
                    yield frame.file, node
