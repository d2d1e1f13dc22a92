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
resembles. A name that stands twice is a person's to change, in the path and in the function.

## Fix safety
Safe: there is no other well-formed path that could be meant.

## References
https://www.starlette.io/routing/#path-parameters, https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

import re
from collections.abc import Callable, Iterable
from typing import cast

from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._paths import Template, inclusions, templates_at
from bootproof.rules.connecting._code import source
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
                f"{'prefix' if each.prefix else 'path'}:{each.value}",
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
    if written[-1:] not in ("'", '"') or each.value not in written or written[:1].isalpha():
        return None  # a prefixed or escaped literal: what stands there is not what it means
    literal = written.replace(each.value, new) if each.value else f"{written[0]}{new}{written[0]}"
    text = facts.text(each.file) or b""
    return Fix(f"write `{literal}`", Safety.SAFE, (replace_node(each.file, text, each.node, literal),))


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
    if each.prefix and each.value and not each.value.startswith("/"):
        return "is a prefix that does not begin with `/`", "/" + each.value.rstrip("/")
    if each.prefix and each.value.endswith("/"):
        return "is a prefix that ends with `/`", each.value.rstrip("/")
    return None


def _start(facts: Facts, each: Template, alone: bool) -> Wrong:
    wrong = not each.prefix and each.value and not each.value.startswith("/")
    return ("is a path that does not begin with `/`", "/" + each.value) if wrong else None


def _empty(facts: Facts, each: Template, alone: bool) -> Wrong:
    if each.prefix or each.value or not alone:
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
