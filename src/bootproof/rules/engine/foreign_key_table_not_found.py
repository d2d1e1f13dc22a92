"""A foreign key names a table or a column that no model of its base has

## What happens
SQLAlchemy raises `NoReferencedTableError` or `NoReferencedColumnError` when it creates the tables or
configures its mappers.

## Why the server cannot start
A foreign key names a table and a column, `users.id`, and not a class: the model `User` says
`__tablename__ = "users"`. The table must belong to a model whose module has been imported, and whose base
has the same `MetaData`.

## How to recognise it
The error carries the table's name, and a foreign key of the project names it. Or a relationship is said to have
no foreign key, and one of either table names a table that its `MetaData` has not.

## How it is fixed
Where a model that nothing imports has the table, it is imported where the models are. Where the name is
that of a model's class, or near the name of one table, the foreign key names that table. Where only the table
is named, its primary key is named too. A base with models of its own gets the other's `MetaData`.

## Fix safety
Safe for the import, for the primary key, and where the name is a class's own. Unsafe for a name that is
merely near, and for two bases that become one set of tables.

## References
https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys
"""

import difflib
from collections.abc import Iterable, Mapping

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._tables import imported_at_once
from bootproof.rules.engine._foreign import naming, one_metadata, other_column, renamed
from bootproof.rules.engine._mapped import class_around
from bootproof.rules.engine._models import all_models, base_of, imported_with_models, models
from bootproof.rules.registry import finding

CODE = "BP507"
_NO_TABLE, _NO_COLUMN = "sqlalchemy.exc.NoReferencedTableError", "sqlalchemy.exc.NoReferencedColumnError"
_NO_KEYS = "sqlalchemy.exc.NoForeignKeysError"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The first foreign key that names the table."""
    for failure in symptom.failures:
        table, column = failure.facts.get("table_name") or _astray(failure), failure.facts.get("column_name")
        if not failure.is_a(_NO_TABLE, _NO_COLUMN, _NO_KEYS) or not isinstance(table, str):
            continue
        lacks = str(column) if failure.is_a(_NO_COLUMN) else ""
        places = list(naming(facts, table, lacks))
        if not places:
            continue
        file, node, name = places[0]
        owner = class_around(facts, file, node.lineno)
        every = [each for each in all_models(facts) if each.table == table]
        homes = [each for each in every if each.file in facts.project.code] or every
        base = base_of(facts, file, owner) if owner else None
        other = base_of(facts, homes[0].file, homes[0].node) if homes else None
        apart = base is not None and other is not None and (base.file, base.name) != (other.file, other.name)
        if lacks:
            said = f"and no column `{lacks}` is there" if "." in name else "and no column of it"
        elif not homes:
            said = "and no model has that table"
        elif apart and other is not None:
            said = f"which belongs to another base: `{other.name}`"
        elif homes[0].file in imported_at_once(facts):
            continue
        else:
            said = f"and nothing imports `{homes[0].file}`, whose model has it"
        yield finding(
            __name__,
            table,
            file=file,
            line=node.lineno,
            cause=f"a foreign key names the table `{table}`, {said}",
            explanation="A foreign key names a table, as `__tablename__` spells it, and a column of it.",
            related=(
                *(Location(where, each.lineno) for where, each, _ in places[1:]),
                *((Location(base.file, base.node.lineno, note="its base"),) if apart and base and base.node else ()),
            ),
            data={"table": table, "lacks": lacks, "homes": tuple(homes), "bases": (base, other) if apart else None},
        )
        return


def _astray(failure: Failure) -> str | None:
    """The table that a foreign key names in vain, where SQLAlchemy only says that a relationship has none."""
    told = failure.facts.get("relationship")
    names = told.get("astray") if isinstance(told, Mapping) else None
    return str(names[0]) if isinstance(names, list) and names else None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import of the model's module, the right name, or one `MetaData`."""
    table, lacks, homes = str(finding.data["table"]), str(finding.data["lacks"]), finding.data["homes"]
    bases = finding.data["bases"]
    assert isinstance(homes, tuple)
    if lacks:
        return other_column(table, lacks, homes, facts)
    if isinstance(bases, tuple):
        return one_metadata(bases[0], bases[1], facts)
    if homes:
        edits = imported_with_models(facts, homes[0].file, homes[0].name, finding.file) if len(homes) == 1 else ()
        return Fix(f"import `{homes[0].name}` where the models are imported", Safety.SAFE, edits) if edits else None
    known = list(models(facts))
    called = [each.table for each in known if each.name.lower() == table.lower()]
    near = difflib.get_close_matches(table, sorted({each.table for each in known}), 1, 0.7)
    names = called if len(called) == 1 else near
    sure = len(called) == 1
    return renamed(table, "", names[0], sure, facts) if names else None
