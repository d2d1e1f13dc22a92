"""An enumerated column has no name for its type

## What happens
SQLAlchemy raises `CompileError` when it creates the tables on PostgreSQL: the type requires a name.

## Why the server cannot start
PostgreSQL keeps an enumeration as a type of its own, with a name. An `Enum` that is made of an `enum.Enum`
takes its class's name; one that is made of texts has none. SQLite and MySQL need none.

## How to recognise it
PostgreSQL's dialect of SQLAlchemy refused to write a type, and own columns have an `Enum` of texts without a
`name`.

## How it is fixed
The type is called after its table and column.

## Fix safety
Safe: the type is new, and the name is its table's own.

## References
https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum.params.name
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import Attribute, attributes, column_name, is_false, model_of
from bootproof.rules.engine._types import type_node
from bootproof.rules.reading import keyword, outside
from bootproof.rules.registry import finding

CODE = "BP631"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every enumeration without a name."""
    for failure in symptom.failures:
        inner = failure.frames[-1].module if failure.frames else ""
        if not failure.is_a("sqlalchemy.exc.CompileError") or not inner.startswith("sqlalchemy.dialects.postgresql"):
            continue
        for column, call in _nameless(facts):
            yield finding(
                __name__,
                f"{column.owner.name}.{column.name}",
                file=column.file,
                line=call.lineno,
                end_line=call.end_lineno,
                cause=f"the enumeration of `{column.owner.name}.{column.name}` has no name, and PostgreSQL's has one",
                explanation="PostgreSQL keeps an enumeration as a type of its own.",
                data={"column": column, "call": call},
            )
        return


def _nameless(facts: Facts) -> Iterator[tuple[Attribute, ast.Call]]:
    for file in dict.fromkeys((*facts.files_with(b"Enum("), *facts.files_with(b"ENUM("))):
        tree = facts.syntax(file)
        for owner in ast.walk(tree) if tree else ():
            for each in attributes(facts, file, owner) if isinstance(owner, ast.ClassDef) else ():
                call = type_node(facts, each)
                if not isinstance(call, ast.Call) or keyword(call, "name") is not None:
                    continue
                if is_false(keyword(call, "native_enum")):
                    continue  # kept as text: no type of its own
                made = outside(facts, file, call.func)
                of_texts = call.args and isinstance(call.args[0], ast.Constant | ast.Starred)
                if of_texts and made.startswith("sqlalchemy.") and made.rpartition(".")[2] in ("Enum", "ENUM"):
                    yield each, call


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The name of its table and column."""
    column, call = finding.data["column"], finding.data["call"]
    assert isinstance(column, Attribute) and isinstance(call, ast.Call)
    model = model_of(facts, column.owner)
    name = f"{model.table if model else column.owner.name.lower()}_{column_name(column)}"
    made = add_argument(finding.file, facts.text(finding.file) or b"", call, "name", f'"{name}"')
    return Fix(f"call the type `{name}`", Safety.SAFE, (made,))
