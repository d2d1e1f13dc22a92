"""A handler of Litestar's without a type annotation that it needs

## What happens
`ImproperlyConfiguredException` while the application is made: a return value, or a parameter, should be annotated.

## Why the server cannot start
Litestar reads what a handler or a dependency takes and gives from its annotations: they are what it validates, converts
and documents by. It guesses nothing.

## How to recognise it
Litestar raised while it read a handler's signature, and an own handler, or a function given as a dependency, lacks the
annotation.

## How it is fixed
The annotation is added: what the code itself gives or takes where that shows (no value, a literal, a default, a path's own
type), else `Any`, which takes and gives everything as it is.

## Fix safety
Safe where the type shows in the code, and for what is given back. A parameter of which nothing shows becomes `Any`: then
nothing checks what a client sends for it, which the report says.

## References
https://docs.litestar.dev/latest/usage/routing/handlers.html#handler-function-kwargs
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits import slots
from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import Function, dotted_name, meaning, outside
from bootproof.rules.registry import finding

CODE = "BP462"
READS = {"_validate_handler_function": True, "from_parameter": False}  # who raised; whether of what is given back
PLAIN = ("str", "int", "float", "bool", "bytes")
IN_PATH = {"str": "str", "int": "int", "float": "float"}  # Litestar's own names that are Python's too


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every handler and dependency that lacks what Litestar asked for."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or not last.module.startswith("litestar.") or last.function not in READS:
            continue
        given = READS[last.function]
        for file, function, decorator in _handlers(facts):
            if given and decorator is not None and function.returns is None:
                yield finding(
                    __name__, f"{function.name}:return", file=file, line=function.lineno,
                    cause=f"Litestar needs to know what the handler `{function.name}` gives back, and it is not annotated",
                    data={"function": function},
                )  # fmt: skip
            for argument in () if given else _bare(function):
                yield finding(
                    __name__, f"{function.name}:{argument.arg}", file=file, line=argument.lineno,
                    cause=f"Litestar needs the type of `{argument.arg}` of `{function.name}`, and it is not annotated",
                    data={"function": function, "argument": argument, "path": _path(decorator)},
                )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The annotation."""
    function, argument = finding.data["function"], finding.data.get("argument")
    text = facts.text(finding.file) or b""
    if not isinstance(function, Function):
        return None
    if not isinstance(argument, ast.arg):
        kind, imports = _given(facts, finding.file, function)
        place = _behind_parameters(facts, finding.file, function, text)
        return Fix(f"annotate it: `-> {kind}`", Safety.SAFE, (*imports, edit(finding.file, text, place, place, f" -> {kind}")))
    kind = _taken(function, argument, str(finding.data["path"]))
    any_kind, imports = ("", ()) if kind else known_as(facts, finding.file, "typing", "Any")
    end = facts.span(finding.file, argument)[1]
    default = text[end : end + 1] == b"="
    made = (*imports, edit(finding.file, text, end, end + default, f": {kind or any_kind}" + (" = " if default else "")))
    if kind:
        return Fix(f"annotate it: `{argument.arg}: {kind}`", Safety.SAFE, made)
    loses = f"nothing checks what a client sends for `{argument.arg}`"
    return Fix(f"take any value for `{argument.arg}`", Safety.UNSAFE, made, loses=loses)


def _handlers(facts: Facts) -> Iterator[tuple[str, Function, ast.expr | None]]:
    """Own functions that Litestar reads: file, function, and its decorator where it is a handler."""
    for file in facts.files_with(b"litestar"):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, Function):
                for each in node.decorator_list:
                    if outside(facts, file, each.func if isinstance(each, ast.Call) else each).startswith("litestar."):
                        yield file, node, each
                        break
            elif isinstance(node, ast.Call) and node.args and outside(facts, file, node.func) == "litestar.di.Provide":
                made = meaning(facts, file, node.args[0])
                if made is not None and isinstance(made.node, Function):
                    yield made.file, made.node, None


def _bare(function: Function) -> list[ast.arg]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each for each in arguments if each.annotation is None and each.arg not in ("self", "cls")]


def _path(decorator: ast.expr | None) -> str:
    texts = [each.value for each in ast.walk(decorator) if isinstance(each, ast.Constant)] if decorator else []
    return " ".join(each for each in texts if isinstance(each, str))


def _taken(function: Function, argument: ast.arg, path: str) -> str:
    """The type that a default or the path tells, "" for none."""
    in_path = re.search(rf"\{{{argument.arg}:(\w+)\}}", path)
    if in_path:
        return IN_PATH.get(in_path[1], "")
    plain = [*function.args.posonlyargs, *function.args.args]
    defaults = dict(zip([each.arg for each in reversed(plain)], reversed(function.args.defaults), strict=False))
    named = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    defaults |= {each.arg: value for each, value in named if value is not None}
    return _literal(defaults.get(argument.arg))


def _literal(node: ast.expr | None) -> str:
    name = type(node.value).__name__ if isinstance(node, ast.Constant) else ""
    return name if name in PLAIN else ""


def _given(facts: Facts, file: str, function: Function) -> tuple[str, tuple[AnyEdit, ...]]:
    """What the function gives back, as far as its own code shows it."""
    found = [each.value for each in ast.walk(function) if isinstance(each, ast.Return)]
    values = [each for each in found if each is not None and not (isinstance(each, ast.Constant) and each.value is None)]
    if not values:
        return "None", ()
    kinds = {_literal(each) for each in values}
    if len(values) == len(found) and len(kinds) == 1 and "" not in kinds:
        return kinds.pop(), ()
    made = {dotted_name(each.func) for each in values if isinstance(each, ast.Call)}
    if len(made) == 1 and len(values) == len(found) and all(isinstance(each, ast.Call) for each in values):
        target = meaning(facts, file, ast.parse(next(iter(made)) or "_", mode="eval").body)
        if target is not None and isinstance(target.node, ast.ClassDef):
            return made.pop(), ()
    return known_as(facts, file, "typing", "Any")


def _behind_parameters(facts: Facts, file: str, function: Function, text: bytes) -> int:
    """The offset behind the bracket that closes the parameters."""
    bracket = text.index(b"(", text.index(function.name.encode(), facts.span(file, function)[0] + len(b"def ")))
    return slots.scan(text, bracket).close + 1
