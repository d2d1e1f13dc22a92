"""pydantic is given a keyword argument that it had in version 1

## What happens
`PydanticUserError` or `TypeError` is raised at a call of `Field`, `constr`, `PostgresDsn.build`,
`field_validator` and their like, mostly while a class is defined.

## Why the server cannot start
pydantic 2 has the parameter under another name, or not at all.

## How to recognise it
The callable that refused the keyword is pydantic's own, or pydantic's error says by its `code` that a keyword
was removed, and the project's own call passes it.

## How it is fixed
The value is passed by the name that the installed callable accepts: `pattern` for `regex`, `min_length` for
`min_items`, `username` for `user`, `mode="before"` for `pre=True`. A path that `build` is given loses the slash
in front, which pydantic 2 writes itself. What only guarded pydantic 1's own bookkeeping is left out.

## Fix safety
Safe. Unsafe for `always=True` of a model's validator: a default is then no longer validated.

## References
https://docs.pydantic.dev/latest/migration/
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import Argument, Callee, refused_arguments
from bootproof.rules.reading import covers, outside, own_frames
from bootproof.rules.registry import finding
from bootproof.rules.settings._definitions import PYDANTIC
from bootproof.rules.settings._options import dictionary

CODE = "BP311"
# The migration guide's own pairs; each only where the installed callable accepts the new name.
SUCCESSORS = {"regex": "pattern", "min_items": "min_length", "max_items": "max_length", "user": "username"}
IDLE = frozenset({"allow_reuse"})  # pydantic 2 refuses no function that is used twice


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every keyword of the own call that pydantic refused."""
    for failure in symptom.failures:
        for each in (*refused_arguments(facts, failure), *_removed(facts, failure)):
            if each.callee is None or each.callee.path.partition(":")[0].partition(".")[0] not in PYDANTIC:
                continue
            name = ast.unparse(each.call.func)
            yield finding(
                __name__,
                f"{name}:{each.name}",
                file=each.file,
                line=each.line,
                cause=f"`{name}` of the installed pydantic has no parameter `{each.name}`",
                data={"argument": each},
            )


def _removed(facts: Facts, failure: Failure) -> Iterator[Argument]:
    """The keywords that pydantic itself looks for and refuses."""
    frame = next(iter(own_frames(failure)), None)
    tree = facts.syntax(frame.file) if frame is not None else None
    if failure.facts.get("code") != "removed-kwargs" or frame is None or tree is None:
        return
    quoted = re.findall(r"`(\w+)`", failure.message)  # no attribute of the error names it
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not covers(call, frame.line):
            continue
        module, _, name = outside(facts, frame.file, call.func).rpartition(".")
        accepted = tuple(each.name for each in facts.accepts(f"{module}:{name}") or ())
        for each in call.keywords if module else ():
            if each.arg in quoted and each.arg is not None:
                passed = tuple(one.arg for one in call.keywords if one.arg)
                callee = Callee(f"{module}:{name}", accepted, (), passed, len(call.args), True, False, ())
                yield Argument(frame.file, call, each.arg, each, each.value, callee)


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The value by its new name, or the call without it."""
    argument = finding.data["argument"]
    if not isinstance(argument, Argument) or argument.callee is None:
        return None
    on = isinstance(argument.value, ast.Constant) and argument.value.value is True
    text = facts.text(finding.file) or b""
    if argument.name == "pre" and "mode" in argument.callee.accepts and isinstance(argument.node, ast.keyword):
        if not on:
            return Fix("leave it out", Safety.SAFE, (argument.dropped(facts),))
        made = replace_node(finding.file, text, argument.node, 'mode="before"')
        return Fix('say it as `mode="before"`', Safety.SAFE, (made,))
    if argument.name in IDLE or argument.name == "always":
        kept = argument.name in IDLE or not on or _of_settings(facts, argument)
        loses = "" if kept else "that the default is validated: its field needs `Field(validate_default=True)`"
        return Fix("leave it out", Safety.SAFE if kept else Safety.UNSAFE, (argument.dropped(facts),), loses=loses)
    new = argument.meant(SUCCESSORS)
    if not new:
        return None
    edits: list[AnyEdit] = [argument.renamed(facts, new)]
    if argument.callee.path.endswith(".build"):
        edits += _without_slash(facts, argument)
    return Fix(f"pass it as `{new}`", Safety.SAFE, tuple(edits))


def _of_settings(facts: Facts, argument: Argument) -> bool:
    """Whether the call stands in a settings class: these validate their defaults anyway."""
    tree = facts.syntax(argument.file)
    held = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef) and covers(each, argument.line)] if tree else []
    return bool(held) and dictionary(facts, argument.file, held[-1]).startswith("pydantic_settings")


def _without_slash(facts: Facts, argument: Argument) -> Iterator[AnyEdit]:
    """The path of a URL without the slash that pydantic 1 wanted in front and pydantic 2 writes itself."""
    text = facts.text(argument.file) or b""
    for each in argument.call.keywords:
        if each.arg == "path":
            start, end = facts.span(argument.file, each.value)
            found = re.match(rb"[fF]?(?:\"\"\"|'''|[\"'])/", text[start:end])
            if found is not None:
                yield edit(argument.file, text, start + found.end() - 1, start + found.end(), "")
