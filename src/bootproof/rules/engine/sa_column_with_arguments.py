"""A field is given a whole column and arguments of a column beside it

## What happens
SQLModel raises `RuntimeError` at the field: an argument is not supported when also passing a `sa_column`.

## Why the server cannot start
`sa_column` is the column as SQLAlchemy has it, complete. Arguments from which SQLModel would make a column
(`nullable`, `index`, `foreign_key`) have no place beside it.

## How to recognise it
SQLModel itself raised below an own call of `Field` that passes `sa_column` and an argument that both
SQLModel's `Field` and SQLAlchemy's `Column` know, and pydantic's `Field` does not.

## How it is fixed
The arguments move into the `Column`; one that it has already is dropped.

## Fix safety
Safe: the column is what both said together. Unsafe where the two say different things: the column wins.

## References
https://sqlmodel.tiangolo.com/advanced/
"""

import ast
from collections.abc import Iterable

from bootproof.edits.calls import add_argument, drop_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import covers, keyword, outside, own_frames
from bootproof.rules.registry import finding

CODE = "BP518"
_TRANSLATED = frozenset({"foreign_key", "ondelete", "sa_type", "sa_column_args", "sa_column_kwargs"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that passes both."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if not failure.is_a("RuntimeError") or inner is None or not inner.module.startswith("sqlmodel."):
            continue
        refused = {each.name for each in facts.accepts("sqlmodel:Field") or ()}
        refused -= {each.name for each in facts.accepts("pydantic:Field") or ()}
        refused &= {each.name for each in facts.accepts("sqlalchemy:Column") or ()} | _TRANSLATED
        for frame in own_frames(failure)[:1]:
            tree = facts.syntax(frame.file)
            for call in ast.walk(tree) if tree else ():
                if not isinstance(call, ast.Call) or not covers(call, frame.line) or keyword(call, "sa_column") is None:
                    continue
                beside = [each for each in call.keywords if each.arg in refused]
                if beside:
                    names = ", ".join(f"`{each.arg}`" for each in beside)
                    yield finding(
                        __name__,
                        f"{frame.function}:{beside[0].arg}:{ast.unparse(call)[:60]}",
                        file=frame.file,
                        line=call.lineno,
                        end_line=call.end_lineno,
                        cause=f"a field passes {names} beside a whole column (`sa_column`)",
                        explanation="A column is complete: what belongs to it is said in it.",
                        data={"call": call, "beside": tuple(beside)},
                    )
                    return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The arguments inside the column."""
    call, beside, file = finding.data["call"], finding.data["beside"], finding.file
    assert isinstance(call, ast.Call) and isinstance(beside, tuple)
    column, text = keyword(call, "sa_column"), facts.text(finding.file) or b""
    if not isinstance(column, ast.Call) or outside(facts, file, column.func).rpartition(".")[2] != "Column":
        return None
    given = {str(each.arg): _source(each.value, file, text, facts) for each in beside}
    if {"sa_column_args", "sa_column_kwargs"} & set(given):
        return None
    edits: list[AnyEdit] = [drop_argument(file, text, call, name) for name in given]
    ahead, named, differs = [], [], False
    if "sa_type" in given and not column.args and keyword(column, "type_") is None:
        ahead.append(given["sa_type"])
    if "foreign_key" in given and "ForeignKey(" not in ast.unparse(column):
        bound, imports = known_as(facts, file, "sqlalchemy", "ForeignKey")
        edits += imports
        more = f", ondelete={given['ondelete']}" if "ondelete" in given else ""
        ahead.append(f"{bound}({given['foreign_key']}{more})")
    for name, code in given.items():
        held = keyword(column, name)
        if held is None and name not in _TRANSLATED:
            named.append(f"{name}={code}")
        differs = differs or (held is not None and ast.unparse(held) != code)
    if not column.keywords:
        ahead, named = [*ahead, *named], []
    if ahead:
        edits.append(add_argument(file, text, column, None, ", ".join(ahead)))
    if named:
        first = named[0].partition("=")
        edits.append(add_argument(file, text, column, first[0], ", ".join([first[2], *named[1:]])))
    return Fix(
        "say it in the column",
        Safety.UNSAFE if differs else Safety.SAFE,
        tuple(edits),
        loses="what the field says otherwise than its column" if differs else "",
    )


def _source(node: ast.expr, file: str, text: bytes, facts: Facts) -> str:
    start, end = facts.span(file, node)
    return text[start:end].decode("utf-8", "surrogateescape")
