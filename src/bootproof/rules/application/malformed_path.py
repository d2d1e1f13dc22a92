"""The path of a route, or the prefix of a router, is not well-formed

## What happens
FastAPI or Starlette raises `AssertionError`, `ValueError` or `FastAPIError` while the routes are declared or a
router is included.

## Why the server cannot start
A path begins with `/`. A prefix does so too and does not end with it, since the paths behind it begin so. A
route needs one of both. A part in braces names a convertor that exists, and stands in one path only once.

## How to recognise it
The routing of FastAPI or Starlette refused the project's own call, and a literal that this call takes its path
from breaks one of these rules. Which convertors exist is asked of the installed Starlette.

## How it is fixed
The slash is added or taken away, `""` becomes `"/"`, and the convertor gets the name of the one that it
resembles. Where the literal has other readers it stays, and the call makes of it what it needs. A name that
stands twice is a person's to change, in the path and in the function.

## Fix safety
Safe: there is no other well-formed path that could be meant. Unsafe where the literal has other readers and
must change: they get another text.

## References
https://www.starlette.io/routing/#path-parameters, https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

import ast
import re
from collections.abc import Callable, Iterable
from typing import cast

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._paths import Template, inclusions, of_call, templates_at
from bootproof.rules.connecting._code import source
from bootproof.rules.reading import assigned, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP417"
PART = re.compile(r"{(\w+)(?::(\w+))?}")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every literal of the refused call that breaks the rule which refused it."""
    for failure in symptom.failures:
        check = _check(failure)
        found = list(templates_at(facts, failure)) if check is not None else []
        alone = not any(each.value for each in found if each.prefix)
        for each in found:
            wrong = check(facts, each, alone) if check is not None else None
            if wrong is None:
                continue
            said, new = wrong
            yield finding(
                __name__,
                ":".join(["prefix" if each.prefix else "path", each.value, *_taken(facts, each)]),
                file=each.file,
                line=each.node.lineno,
                cause=f"`{source(facts, each.file, each.node)}` {said}",
                related=(Location(each.call_file, each.call.lineno, note="the call that takes it"),),
                data={"template": each, "new": new},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The literal as it must be."""
    each, new = finding.data["template"], finding.data["new"]
    if not isinstance(each, Template) or not isinstance(new, str):
        return None
    written = source(facts, each.file, each.node)
    quote = next((mark for mark in ('"""', "'''", '"', "'") if written == f"{mark}{each.value}{mark}"), None)
    if quote is None:
        return None  # a prefixed or escaped literal: what stands there is not what it means
    takers, others = _readers(facts, each)
    if others and takers == 1 and (code := _made(facts, each, new)):
        text = facts.text(each.call_file) or b""
        return Fix(f"give the call `{code}`", Safety.SAFE, (replace_node(each.call_file, text, each.given, code),))
    literal, text = f"{quote}{new}{quote}", facts.text(each.file) or b""
    told = ", ".join(f"`{file}:{line}`" for file, line in others)
    return Fix(
        f"write `{literal}`",
        Safety.UNSAFE if others else Safety.SAFE,
        (replace_node(each.file, text, each.node, literal),),
        loses=f"the text as it is for {told}, which reads it too" if others else "",
    )


def _taken(facts: Facts, each: Template) -> list[str]:
    """Which call takes it, where it stands elsewhere: each may be mended by itself."""
    inside = any(node is each.node for node in ast.walk(each.given))
    return [] if inside else [each.call_file, source(facts, each.call_file, each.given)]


def _made(facts: Facts, each: Template, new: str) -> str:
    """Code that makes the right text of the argument at the call; "" where no slash at its ends does."""
    code, found = source(facts, each.call_file, each.given), meaning(facts, each.call_file, each.given)
    begins, ends = new.startswith("/") and not each.value.startswith("/"), each.value.endswith("/") and not new.endswith("/")
    if begins and found is not None and found.node is not each.node:
        return ""  # what else it may be could begin with one
    same = (f"/{each.value}" if begins else each.value).rstrip("/" if ends else "")
    if new != same or not isinstance(each.given, ast.Name | ast.Attribute | ast.BinOp) or (begins and not each.first):
        return ""
    if ends:
        code = (code if dotted_name(each.given) else f"({code})") + '.rstrip("/")'
    return f'"/" + {code}' if begins else code


def _readers(facts: Facts, each: Template) -> tuple[int, list[tuple[str, int]]]:
    """How many calls take a named literal as such a piece of a path, and who else reads it; none where it has no name."""
    tree = facts.syntax(each.file)
    binding = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign)] if tree else []
    named = [name for node in binding for name, value in assigned(node) if each.node in ast.walk(value)]
    takers, others = 0, list[tuple[str, int]]()
    for file in facts.files_with(named[0].encode()) if named else ():
        tree = facts.syntax(file)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
        taken = {id(one.given): one.given for call in calls for one in of_call(facts, file, call) if _alike(one, each)}
        takers += len(taken)
        inside = {id(node) for given in taken.values() for node in ast.walk(given)}
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load) or id(node) in inside:
                continue
            said = node.id if isinstance(node, ast.Name) else node.attr
            found = meaning(facts, file, node) if said == named[0] else None
            # an attribute of a class has no meaning here: by its name it may be this one
            if (found is None and said == named[0]) or (found is not None and found.name == named[0] and found.file == each.file):
                others.append((file, node.lineno))
    return takers, others


def _alike(one: Template, each: Template) -> bool:
    """Whether another call takes the same literal at the same ends of a path, as a prefix or not as well."""
    return one.node is each.node and (one.prefix, one.first, one.last) == (each.prefix, each.first, each.last)


Wrong = tuple[str, str | None] | None  # what is wrong, and how it must be: None where a person must say


def _check(failure: Failure) -> Callable[[Facts, Template, bool], Wrong] | None:
    """The rule that refused the call, told by what raised."""
    last = failure.frames[-1] if failure.frames else None
    if last is None or last.module not in ("fastapi.routing", "starlette.routing"):
        return None
    if failure.is_a("fastapi.exceptions.FastAPIError"):
        return _empty if last.function == "include_router" else None
    if not failure.is_a("AssertionError", "ValueError"):
        return None
    if last.function == "compile_path":
        return _parts
    return _prefix if last.module == "fastapi.routing" else _start


def _prefix(facts: Facts, each: Template, alone: bool) -> Wrong:
    if each.prefix and each.first and each.value and not each.value.startswith("/"):
        return "is a prefix that does not begin with `/`", "/" + (each.value.rstrip("/") if each.last else each.value)
    if each.prefix and each.last and each.value.endswith("/"):
        return "is a prefix that ends with `/`", each.value.rstrip("/")
    return None


def _start(facts: Facts, each: Template, alone: bool) -> Wrong:
    wrong = not each.prefix and each.first and each.value and not each.value.startswith("/")
    return ("is a path that does not begin with `/`", "/" + each.value) if wrong else None


def _empty(facts: Facts, each: Template, alone: bool) -> Wrong:
    if each.prefix or each.value or not alone or not (each.first and each.last):
        return None
    # elsewhere the same router may have a prefix, behind which "/" is another address than ""
    once = len(inclusions(facts, each.call_file, each.call)) == 1
    return "is an empty path, and its router has no prefix", "/" if once else None


def _parts(facts: Facts, each: Template, alone: bool) -> Wrong:
    parts = PART.findall(each.value)
    names = [name for name, _ in parts]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        return f"names `{twice}` twice", None
    known = list(cast("dict[str, object]", facts.ask("constant", path="starlette.convertors:CONVERTOR_TYPES") or {}))
    for _name, convertor in parts:
        if convertor and known and convertor not in known:
            near = [other for other in known if convertor.startswith(other) or other.startswith(convertor)]
            new = each.value.replace(f":{convertor}}}", f":{near[0]}}}") if len(near) == 1 else None
            return f"names a convertor `{convertor}` that does not exist", new
    return None
