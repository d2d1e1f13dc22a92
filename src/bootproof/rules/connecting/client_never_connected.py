"""A client that has to be connected first is used without

## What happens
The first query raises in the client itself: `DatabaseBackend is not running`, `Client is not connected`.

## Why the server cannot start
Some clients (`databases.Database`, Prisma, aiokafka) are made at import time and connected by a coroutine of
their own, which nothing here calls. The server comes up, and its health route, or the first request, fails.

## How to recognise it
A method of an object raised inside its own package; the object's type has a coroutine that begins, `connect`
or `start`, and one that ends; and no code of the project calls the former or enters the object.

## How it is fixed
The application's lifespan connects the client before the first request and disconnects it at the end.

## Fix safety
Safe: it is what the client needs before anything else.

## References
https://www.encode.io/databases/connections_and_transactions/,
https://fastapi.tiangolo.com/advanced/events/#lifespan
"""

import ast
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import nodes_at
from bootproof.rules.kinds import coroutines
from bootproof.rules.lifespan import at_start
from bootproof.rules.reading import Meaning, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP608"
PAIRS = (("connect", "disconnect"), ("connect", "close"), ("start", "stop"), ("open", "close"))


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place that makes the client."""
    for failure in symptom.failures:
        frame, kind = failure.own_frame, str(failure.facts.get("receiver") or "")
        package = kind.partition(".")[0]
        if frame is None or not kind or failure.frames[-1].module.partition(".")[0] != package:
            continue
        methods = coroutines(facts, kind)
        pair = next((each for each in PAIRS if set(each) <= methods), None)
        for node in nodes_at(facts, frame):
            asked = isinstance(node, ast.Attribute) and node.attr == failure.facts.get("method")
            if pair is None or not asked or not isinstance(node, ast.Attribute) or node.attr in pair:
                continue
            held = meaning(facts, frame.file, node.value)
            if held is None or not held.name or not isinstance(held.node, ast.expr) or _begun(held, pair[0], facts):
                continue
            yield finding(
                __name__,
                held.name,
                file=held.file,
                line=held.node.lineno,
                data={"held": held, "pair": pair},
                cause=f"`{held.name}` is used, and nothing calls its `{pair[0]}`",
                explanation=f"`{kind.rpartition('.')[2]}.{pair[0]}` has to be awaited before anything else.",
                related=(Location(frame.file, frame.line, note="used here"),),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The client connected in the lifespan."""
    held, pair, target = finding.data["held"], finding.data["pair"], facts.project.target
    assert isinstance(held, Meaning) and isinstance(pair, tuple)
    if target is None:
        return None
    lines = [f"from {facts.module_of(held.file)} import {held.name}"] if held.file != target.file else []
    begins, ends = (f"await {held.name}.{each}()" for each in pair)
    edits = at_start(facts, target, begins, first=True, after=ends, lines=lines)
    return Fix(f"{pair[0]} `{held.name}` in the lifespan", Safety.SAFE, tuple(edits)) if edits is not None else None


def _begun(held: Meaning, begin: str, facts: Facts) -> bool:
    """Whether some own code begins the client or enters it."""
    for file in facts.files_with(held.name.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            holders: list[ast.expr] = []
            if isinstance(node, ast.Attribute) and node.attr == begin:
                holders = [node.value]
            elif isinstance(node, ast.AsyncWith):
                holders = [each.context_expr for each in node.items]
            if any(dotted_name(each).rpartition(".")[2] == held.name for each in holders):
                return True
    return False
