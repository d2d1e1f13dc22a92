"""A model derives from `DeclarativeBase` itself

## What happens
SQLAlchemy raises `InvalidRequestError` while the class of the model is made, or `TypeError` where
`DeclarativeBase()` is called.

## Why the server cannot start
`DeclarativeBase` is there to be derived from: each class that does is a base with tables of its own. Models
derive from such a base.

## How to recognise it
The class that own code was making has a table and names `DeclarativeBase` among its bases; or a call of
`DeclarativeBase` raised.

## How it is fixed
A class `Base(DeclarativeBase)` is put before the first such model, unless the project has exactly one
already, and the models derive from it.

## Fix safety
Safe: it is what a base is for. All models of a file share it, so that their tables find each other.

## References
https://docs.sqlalchemy.org/en/20/orm/quickstart.html#declare-models
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.edits.source import line_start
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import attributes, class_at
from bootproof.rules.reading import outside, statement_at
from bootproof.rules.registry import finding

CODE = "BP515"
_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The models of the file that have no base of the project's own, or the call."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if failure.is_a("TypeError") and inner is not None and inner.own:
            yield from _called(facts, inner.file, inner.line)
        made = class_at(facts, failure) if failure.is_a("sqlalchemy.exc.InvalidRequestError") else None
        if made is None or made[1] not in [node for node, _ in _orphans(facts, made[0])]:
            continue
        yield finding(
            __name__,
            "models",
            file=made[0],
            line=made[1].lineno,
            cause=f"the model `{made[1].name}` derives from `DeclarativeBase` itself",
            explanation="`DeclarativeBase` is there to make a base from; models derive from that.",
            data={"call": None},
        )
        return


def _called(facts: Facts, file: str, line: int) -> Iterator[Finding]:
    tree = facts.syntax(file)
    statement = statement_at(tree, line) if tree else None
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Call) and outside(facts, file, value.func).rpartition(".")[2] in _BASES:
        cause = "`DeclarativeBase` is called: it is a class to derive a base from"
        yield finding(__name__, "call", file=file, line=line, cause=cause, data={"call": statement})


def _orphans(facts: Facts, file: str) -> Iterator[tuple[ast.ClassDef, ast.expr]]:
    """The classes of a file that have a table and no base of the project's own, with what they derive from."""
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef):
            direct = [each for each in node.bases if outside(facts, file, each).rpartition(".")[2] in _BASES]
            if direct and any(each.name in ("__tablename__", "__table__") for each in attributes(facts, file, node)):
                yield node, direct[0]


def _bases(facts: Facts) -> list[tuple[str, str]]:
    """The file and name of every own base that has no table."""
    found = []
    for file in facts.files_with(b"DeclarativeBase"):
        tree, orphans = facts.syntax(file), [node for node, _ in _orphans(facts, file)]
        for node in tree.body if tree else ():
            if not isinstance(node, ast.ClassDef) or node in orphans:
                continue
            if any(outside(facts, file, each).rpartition(".")[2] in _BASES for each in node.bases):
                found.append((file, node.name))
    return found


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A base for the models."""
    file, text, call = finding.file, facts.text(finding.file) or b"", finding.data["call"]
    if isinstance(call, ast.Assign | ast.AnnAssign) and isinstance(call.value, ast.Call):
        target = call.targets[0] if isinstance(call, ast.Assign) else call.target
        code = f"class {ast.unparse(target)}({ast.unparse(call.value.func)}):\n    pass"
        return Fix("derive a base from it", Safety.SAFE, (replace_node(file, text, call, code),))
    orphans, bases = list(_orphans(facts, file)), _bases(facts)
    edits: list[AnyEdit] = []
    name = "Base"
    if len(bases) == 1 and bases[0][0] != file:
        name, more = known_as(facts, file, facts.module_of(bases[0][0]), bases[0][1])
        edits += more
    elif not bases:
        first, derived = orphans[0]
        start = line_start(text, facts.span(file, first)[0])
        edits.append(edit(file, text, start, start, f"class {name}({ast.unparse(derived)}):\n    pass\n\n\n"))
    else:
        name = bases[0][1]
    if len(bases) > 1:
        return None
    edits += [replace_node(file, text, base, name) for _, base in orphans]
    return Fix(f"derive the models from `{name}`", Safety.SAFE, tuple(edits))
