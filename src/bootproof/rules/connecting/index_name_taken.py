"""Two indexes or constraints have one name

## What happens
The database refuses to create the second: a relation of that name already exists (PostgreSQL's 42P07).

## Why the server cannot start
In PostgreSQL, and in SQLite, the name of an index is its schema's and not its table's. A unique constraint
is kept as an index.

## How to recognise it
The database says that a name is taken, and two or more own indexes or unique constraints have it.

## How it is fixed
All but the first are called after their tables and columns.

## Fix safety
Safe: nothing else refers to the name of an index. A database that is there keeps the old one until a
migration renames it.

## References
https://www.postgresql.org/docs/current/sql-createindex.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._answers import refusals
from bootproof.rules.engine._mapped import class_around, model_of
from bootproof.rules.reading import dotted_name, keyword, outside, text_of
from bootproof.rules.registry import finding

CODE = "BP632"
Named = tuple[str, ast.Call, ast.expr]


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The name that is given twice."""
    for refusal in refusals(symptom, "42P07", "42710"):
        for name in refusal.quoted:
            given = list(_given(facts, name))
            if len(given) < 2:
                continue
            file, call, _ = given[1]
            yield finding(
                __name__,
                name,
                file=file,
                line=call.lineno,
                cause=f"{len(given)} indexes or constraints are called `{name}`",
                explanation="The name of an index is its schema's, not its table's.",
                related=tuple(Location(where, each.lineno, note="has it too") for where, each, _ in (given[0], *given[2:])),
                data={"given": tuple(given)},
            )
            return


def _given(facts: Facts, name: str) -> Iterator[Named]:
    """The indexes and unique constraints of that name, with the expression that names them."""
    for file in facts.files_with(name.encode()):
        tree = facts.syntax(file)
        for call in ast.walk(tree) if tree else ():
            made = outside(facts, file, call.func) if isinstance(call, ast.Call) else ""
            last = made.rpartition(".")[2] if made.startswith(("sqlalchemy.", "sqlmodel.")) else ""
            if not isinstance(call, ast.Call) or last not in ("Index", "UniqueConstraint"):
                continue
            node = call.args[0] if last == "Index" and call.args else keyword(call, "name")
            if node is not None and text_of(node) == name:
                yield file, call, node


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Other names for all but the first."""
    given = finding.data["given"]
    edits: list[AnyEdit] = []
    names = []
    for file, call, node in given[1:] if isinstance(given, tuple) else ():
        owner = class_around(facts, file, call.lineno)
        model = model_of(facts, owner) if owner else None
        columns = [text_of(each) or dotted_name(each).rpartition(".")[2] for each in call.args if each is not node]
        if model is None or not all(columns):
            return None
        short = "ix" if dotted_name(call.func).rpartition(".")[2] == "Index" else "uq"
        names.append("_".join([short, model.table, *columns])[:63])
        edits.append(replace_node(file, facts.text(file) or b"", node, f'"{names[-1]}"'))
    told = ", ".join(f"`{each}`" for each in names)
    return Fix(f"call it {told}", Safety.SAFE, tuple(edits)) if edits and len(set(names)) == len(names) else None
