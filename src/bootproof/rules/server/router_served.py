"""A router is served in the place of an application

## What happens
The start names an `APIRouter`. The server starts, and every request fails: an application prepares each request
before a router sees it.

## Why the server cannot start
A router is callable, so no server refuses it; but no request is ever answered, and no health check succeeds.

## How to recognise it
The target is bound to a router, and the first request failed in the framework.

## How it is fixed
Where the project has an application, the start command names that. Else the router gets one: at the end of the
module the name is bound to a `FastAPI` that includes the router.

## Fix safety
Safe: the same routes, and no request could be answered before.

## References
https://fastapi.tiangolo.com/tutorial/bigger-applications/
"""

import ast
from collections.abc import Iterable

from bootproof.edits import commands
from bootproof.edits.making import edit
from bootproof.edits.python import add_import
from bootproof.edits.source import line_ending
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.reading import named as meaning_of
from bootproof.rules.reading import outside
from bootproof.rules.registry import finding
from bootproof.rules.server._command import named, written

CODE = "BP713"
ROUTERS = ("fastapi.APIRouter", "fastapi.routing.APIRouter")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The router that the target names."""
    target = facts.project.target
    if target is None or symptom.stage not in (Stage.READY, Stage.STARTUP, Stage.REQUESTS):
        return
    if any(failure.own_frame for failure in symptom.chain):
        return
    found = meaning_of(facts, target.file, target.attribute)
    if found is None or not isinstance(found.node, ast.Call) or outside(facts, found.file, found.node.func) not in ROUTERS:
        return
    yield finding(
        __name__,
        found.name,
        file=found.file,
        line=found.node.lineno,
        data={"name": found.name},
        cause=f"the start serves `{found.name}`, which is a router and no application",
        explanation="A router answers requests that an application has prepared; served alone it fails on each.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The project's application, else one made of the router."""
    start, target, name = facts.project.start, facts.project.target, str(finding.data["name"])
    others = [each for each in facts.project.candidates if target is None or each.spec != target.spec]
    if start is not None and others:
        word = named(start)
        at = written(facts, start, word.word) if word is not None else None
        if at is None or len(others) > 1 or others[0].path[:1] != (target.path[:1] if target else ()):
            return None
        changed = commands.replaced(facts.text(at.file) or b"", at, others[0].spec)
        return Fix(f"start `{others[0].spec}`", Safety.SAFE, (changed,))
    text, tree = facts.text(finding.file) or b"", facts.syntax(finding.file)
    if tree is None or not tree.body:
        return None
    guard = next((each for each in tree.body if isinstance(each, ast.If) and "__name__" in ast.unparse(each.test)), None)
    router = "router" if name != "router" else "routes"
    lines = f"{router} = {name}\n{name} = FastAPI()\n{name}.include_router({router})\n"
    if guard is not None:
        at_guard = facts.span(finding.file, guard)[0]
        made = edit(finding.file, text, at_guard, at_guard, f"{lines}\n\n")
    else:
        before = "" if text.endswith((b"\n", b"\r")) else line_ending(text)
        made = edit(finding.file, text, len(text), len(text), f"{before}\n{lines}")
    imported = add_import(finding.file, text, "from fastapi import FastAPI")
    return Fix(f"make `{name}` an application that includes the router", Safety.SAFE, (imported, made))
