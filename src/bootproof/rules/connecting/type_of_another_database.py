"""A column has a type that only another database has

## What happens
SQLAlchemy raises `CompileError` when it creates the tables: its compiler for this database cannot write the
type.

## Why the server cannot start
`JSONB`, `ARRAY` and `INET` are PostgreSQL's. A model that is to have its table on SQLite too, for
development or tests, needs a type that both know.

## How to recognise it
The compiler of a SQLAlchemy dialect was asked for a type that it has no way to write, and own columns have
that type. Which types a dialect writes depends on the installed SQLAlchemy, and is seen, not looked up.

## How it is fixed
The column has a type of every database, with this one as its variant for the database that has it:
`JSON().with_variant(JSONB, "postgresql")`.

## Fix safety
Safe for JSON and for arrays of plain values: PostgreSQL's column stays what it is, the other database holds
the same values. Unsafe for types that become text.

## References
https://docs.sqlalchemy.org/en/20/core/type_api.html#sqlalchemy.types.TypeEngine.with_variant
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import wrap_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import Attribute, attributes
from bootproof.rules.engine._types import type_node
from bootproof.rules.reading import dotted_name, outside
from bootproof.rules.registry import finding

CODE = "BP630"
_AS_JSON = frozenset({"JSON", "JSONB", "ARRAY", "HSTORE"})
_PLAIN = frozenset({"String", "Text", "Integer", "BigInteger", "SmallInteger", "Float", "Boolean", "VARCHAR", "TEXT", "INTEGER"})
_VISIT = "visit_"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every column of the type."""
    for failure in symptom.failures:
        kind = _unwritten(failure)
        for column, node in _columns(facts, kind) if kind else ():
            yield finding(
                __name__,
                f"{column.owner.name}.{column.name}",
                file=column.file,
                line=node.lineno,
                end_line=node.end_lineno,
                cause=f"`{column.owner.name}.{column.name}` has the type `{kind}`, which the database of this start has not",
                explanation="A type with a variant is written in each database's own words.",
                data={"node": node, "type": kind},
            )


def _unwritten(failure: Failure) -> str:
    """The type that a dialect's compiler could not write, "" where that is not what failed."""
    name, owner = str(failure.facts.get("name", "")), str(failure.facts.get("owner", ""))
    asked = failure.is_a("AttributeError") and owner.startswith("sqlalchemy.dialects.") and name.startswith(_VISIT)
    return name.removeprefix(_VISIT) if asked else ""


def _columns(facts: Facts, kind: str) -> Iterator[tuple[Attribute, ast.expr]]:
    for file in facts.files_with(kind.encode()):
        tree = facts.syntax(file)
        for owner in ast.walk(tree) if tree else ():
            for each in attributes(facts, file, owner) if isinstance(owner, ast.ClassDef) else ():
                node = type_node(facts, each)
                made = node.func if isinstance(node, ast.Call) else node
                if node is not None and made is not None and outside(facts, file, made).rpartition(".")[2] == kind:
                    yield each, node


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The type as a variant of one that every database has."""
    node, kind = finding.data["node"], str(finding.data["type"])
    assert isinstance(node, ast.expr)
    home = outside(facts, finding.file, node.func if isinstance(node, ast.Call) else node)
    database = home.split(".")[2] if home.startswith("sqlalchemy.dialects.") else "postgresql"
    common = "JSON" if kind in _AS_JSON else "String"
    items = [dotted_name(each.func if isinstance(each, ast.Call) else each) for each in getattr(node, "args", [])]
    plain = kind in _AS_JSON and (kind != "ARRAY" or all(each.rpartition(".")[2] in _PLAIN for each in items))
    bound, imports = known_as(facts, finding.file, "sqlalchemy", common)
    text = facts.text(finding.file) or b""
    around = wrap_node(finding.file, text, node, f"{bound}().with_variant(", f', "{database}")')
    return Fix(
        f"write `{common}` with `{kind}` as its variant for {database}",
        Safety.SAFE if plain else Safety.UNSAFE,
        (*imports, *around),
        loses="" if plain else f"what `{kind}` can hold and {common} cannot, on other databases",
        rivals=(Rival(f"start with {database}", "where the other database was set by mistake"),),
    )
