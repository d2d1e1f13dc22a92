"""An object is called as its maker: a session in the place of its factory

## What happens
`TypeError`: the object is not callable.

## Why the server cannot start
The server starts; the request answers 500. `Session = async_sessionmaker(engine)()` makes one session when
the module is imported, and every request calls that for one of its own.

## How to recognise it
The interpreter refused a call at the project's own last frame, the name that is called is given a value by a
call without arguments, and what that calls can itself be called.

## How it is fixed
The brackets go: the name stands for the factory again.

## Fix safety
Safe: every other use of the name calls it as well; where one does not, there is no fix.

## References
https://docs.sqlalchemy.org/en/20/orm/session_basics.html#using-a-sessionmaker
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import nodes_at, own_innermost, source
from bootproof.rules.kinds import seen_names
from bootproof.rules.reading import Meaning, dotted_name, meaning
from bootproof.rules.registry import finding

CODE = "BP809"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place that makes the object."""
    for failure in symptom.failures:
        frame = own_innermost(failure)
        if frame is None or not failure.is_a("TypeError") or failure.facts.get("protocol"):
            continue
        names = seen_names(failure.facts)
        for node in nodes_at(facts, frame):
            if not isinstance(node, ast.Call) or not _refuses(facts, names.get(dotted_name(node.func), "")):
                continue
            made = meaning(facts, frame.file, node.func)
            call = made.node if made is not None else None
            if made is None or not isinstance(call, ast.Call) or call.args or call.keywords or not _is_maker(facts, made, call):
                continue
            kind = names[dotted_name(node.func)].rpartition(".")[2]
            yield finding(
                __name__,
                made.name,
                file=made.file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"made": made},
                cause=f"`{made.name}` is one `{kind}`, and is called as if it made them",
                explanation=f"`{source(facts, made.file, call.func)}` makes them; its result is called here once more.",
                related=(Location(frame.file, frame.line, note="called here"),),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The maker itself."""
    made = finding.data["made"]
    assert isinstance(made, Meaning) and isinstance(made.node, ast.Call)
    if _used_otherwise(facts, made):
        return None
    text = facts.text(made.file) or b""
    start, end = facts.span(made.file, made.node.func)[1], facts.span(made.file, made.node)[1]
    return Fix(f"let `{made.name}` be the maker", Safety.SAFE, (edit(made.file, text, start, end, ""),))


def _refuses(facts: Facts, kind: str) -> bool:
    """Whether the objects of an installed type cannot be called."""
    module, _, name = kind.rpartition(".")
    return bool(module) and facts.ask("mro", path=f"{module}:{name}") is not None and not _calls(facts, module, name)


def _calls(facts: Facts, module: str, name: str) -> bool:
    attributes = facts.ask("attributes", path=f"{module}:{name}")
    return isinstance(attributes, list) and "__call__" in attributes


def _is_maker(facts: Facts, made: Meaning, call: ast.Call) -> bool:
    """Whether what is called is a maker's call, or a name that is given one."""
    if isinstance(call.func, ast.Call):
        return True
    maker = meaning(facts, made.file, call.func)
    return maker is not None and isinstance(maker.node, ast.Call)


def _used_otherwise(facts: Facts, made: Meaning) -> bool:
    for file in facts.files_with(made.name.encode()):
        tree = facts.syntax(file)
        called = {id(node.func) for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Call)}
        for node in ast.walk(tree) if tree is not None else ():
            loads = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            if loads and id(node) not in called and (found := meaning(facts, file, node)) is not None and found.node is made.node:
                return True
    return False
