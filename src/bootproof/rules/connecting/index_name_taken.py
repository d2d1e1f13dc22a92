"""Two indexes or constraints have one name

## What happens
The database refuses to create the second: a relation of that name already exists (PostgreSQL's 42P07).

## Why the server cannot start
In PostgreSQL, and in SQLite, the name of an index is its schema's and not its table's. A unique constraint
is kept as an index.

## How to recognise it
The database says that a name is taken, and two or more own indexes or unique constraints have it. What an
index is called that `index=True` makes is asked of the installed SQLAlchemy.

## How it is fixed
All but the first are called after their tables and columns. Where `index=True` makes the same index once more
it goes. Two that nobody named are a person's to name.

## Fix safety
Safe: nothing else refers to the name of an index. A database that is there keeps the old one until a
migration renames it.

## References
https://www.postgresql.org/docs/current/sql-createindex.html
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._answers import refusals
from bootproof.rules.engine._mapped import Attribute, all_attributes, class_around, column_name, is_true, model_of
from bootproof.rules.engine._models import Model, base_of, models
from bootproof.rules.reading import assigned, dotted_name, keyword, meaning, outside, text_of
from bootproof.rules.registry import finding

CODE = "BP632"


@dataclass(frozen=True)
class Named:
    """An index or unique constraint: the call and the expression that name it, or the column that has one by `index=True`."""

    file: str
    line: int
    call: ast.Call | None = None
    node: ast.expr | None = None
    column: Attribute | None = None


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The name that is given twice."""
    for refusal in refusals(symptom, "42P07", "42710"):
        for name in refusal.quoted:
            given = [*_implied(facts, name), *_given(facts, name)]
            if len(given) < 2:
                continue
            yield finding(
                __name__,
                name,
                file=given[1].file,
                line=given[1].line,
                cause=f"{len(given)} indexes or constraints are called `{name}`",
                explanation="The name of an index is its schema's, not its table's.",
                related=tuple(Location(each.file, each.line, note="has it too") for each in (given[0], *given[2:])),
                data={"given": tuple(given)},
            )
            return


def _given(facts: Facts, name: str) -> Iterator[Named]:
    """The indexes and unique constraints that are given the name."""
    for file in facts.files_with(name.encode()):
        tree = facts.syntax(file) if file in facts.project.code else None
        for call in ast.walk(tree) if tree else ():
            made = outside(facts, file, call.func) if isinstance(call, ast.Call) else ""
            last = made.rpartition(".")[2] if made.startswith(("sqlalchemy.", "sqlmodel.")) else ""
            if not isinstance(call, ast.Call) or last not in ("Index", "UniqueConstraint"):
                continue
            node = call.args[0] if last == "Index" and call.args else keyword(call, "name")
            if node is not None and text_of(node) == name:
                yield Named(file, call.lineno, call, node)


def _implied(facts: Facts, name: str) -> Iterator[Named]:
    """The columns whose `index=True` makes an index of that name."""
    for model in models(facts):
        for column in all_attributes(facts, model.file, model.node):
            wanted = column.option("index")
            if wanted is None or not is_true(wanted):
                continue
            unique = is_true(column.option("unique"))
            about = {"table": model.table, "column": column_name(column), "unique": unique}
            if facts.ask("index_name", convention=_convention(facts, model), **about) == name:
                yield Named(column.file, column.line, column=column)


def _convention(facts: Facts, model: Model) -> dict[str, str] | None:
    """The naming convention of a model's `MetaData`, as far as the source says it; None where it says none."""
    base = base_of(facts, model.file, model.node)
    made = meaning(facts, base.file, ast.Name(base.name)) if base is not None and base.file else None
    body = base.node.body if base is not None and base.node is not None else []
    held = next((value for each in body for name, value in assigned(each) if name == "metadata"), None)
    if held is None and made is not None and isinstance(made.node, ast.Call):
        held = keyword(made.node, "metadata")
    file = base.file if base is not None else ""
    for _ in range(2):  # of the base, then of its `MetaData`; each may be a name
        found = meaning(facts, file, held) if held is not None else None
        file, held = (found.file, found.node) if found is not None and isinstance(found.node, ast.expr) else (file, held)
        held = keyword(held, "naming_convention") or held if isinstance(held, ast.Call) else held
    pairs = zip(held.keys, held.values, strict=True) if isinstance(held, ast.Dict) else ()
    said = {text_of(key): text_of(value) for key, value in pairs}
    return {key: value for key, value in said.items() if key and value} or None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Other names for all but the first, or no `index=True` where it makes the same index once more."""
    given = finding.data["given"]
    assert isinstance(given, tuple)
    edits: list[AnyEdit] = []
    done, names = [], {finding.key}
    for each in given[1:]:
        if each.call is None or each.node is None:
            return None
        owner = class_around(facts, each.file, each.call.lineno)
        model = model_of(facts, owner) if owner else None
        columns = [text_of(one) or dotted_name(one).rpartition(".")[2] for one in each.call.args if one is not each.node]
        if model is None or not all(columns):
            return None
        is_index = dotted_name(each.call.func).rpartition(".")[2] == "Index"
        column = given[0].column
        if is_index and column is not None and column.owner is owner and columns == [column.name]:
            gone = column.without_option(facts, "index")
            if len(given) > 2 or gone is None:
                return None
            return Fix(f"drop `index=True` of `{column.name}`: the index that is written out stays", Safety.SAFE, (gone,))
        new = "_".join(["ix" if is_index else "uq", model.table, *columns])[:63]
        if new in names:
            return None
        names.add(new)
        done.append(f"`{new}`")
        edits.append(replace_node(each.file, facts.text(each.file) or b"", each.node, f'"{new}"'))
    return Fix(f"call it {', '.join(done)}", Safety.SAFE, tuple(edits)) if edits else None
