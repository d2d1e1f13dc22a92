"""A relationship's tables have no foreign key between them, or several

## What happens
SQLAlchemy raises `NoForeignKeysError` or `AmbiguousForeignKeysError` when it configures its mappers.

## Why the server cannot start
A relationship is a join, and SQLAlchemy takes the join from the foreign keys between the two tables. It needs
exactly one way to go.

## How to recognise it
The error is one of these two, and the relationship that was being configured is known, with the model at its
other end.

## How it is fixed
Of several foreign keys, the one whose column bears the relationship's name is said: `foreign_keys`. Where
there is none, and exactly one column of the other model has the type of this one's key and ends in `id`, it
becomes the foreign key. Else a person adds one.

## Fix safety
Unsafe: that this column is meant is likely and not certain.

## References
https://docs.sqlalchemy.org/en/20/orm/join_conditions.html
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import (
    Attribute,
    all_attributes,
    class_of,
    column_name,
    field_given,
    foreign_keys,
    is_column,
    keys,
    model_of,
    of_sqlmodel,
    relationship_of,
)
from bootproof.rules.engine._types import same_type
from bootproof.rules.registry import finding

CODE = "BP522"
YIELDS_TO = ("BP507",)  # the foreign key is there, and names a table that is not
_NONE, _SEVERAL = "sqlalchemy.exc.NoForeignKeysError", "sqlalchemy.exc.AmbiguousForeignKeysError"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship that cannot be joined."""
    for failure in symptom.failures:
        found = relationship_of(facts, failure) if failure.is_a(_NONE, _SEVERAL) else None
        target = class_of(facts, found[2].get("target")) if found else None
        if found is None or target is None:
            continue
        this, owner, _ = found
        several = failure.is_a(_SEVERAL)
        yield finding(
            __name__,
            f"{owner}.{this.name}",
            file=this.file,
            line=this.line,
            end_line=this.statement.end_lineno,
            cause=f"`{owner}.{this.name}` leads to `{target[1].name}`, and "
            + ("several foreign keys link" if several else "no foreign key links")
            + " their tables",
            explanation="SQLAlchemy takes the join of a relationship from the foreign key between its tables.",
            related=(Location(target[0], target[1].lineno, target[1].end_lineno, note=f"class {target[1].name}"),),
            data={"this": this, "target": target, "several": several},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The foreign key that is likely meant."""
    this, target = finding.data["this"], finding.data["target"]
    assert isinstance(this, Attribute) and isinstance(target, tuple)
    if finding.data["several"]:
        return _one_of_several(this, target, facts)
    owner, key = model_of(facts, this.owner), keys(facts, this.file, this.owner)
    if owner is None or len(key) != 1 or this.option("secondary") is not None:
        return None
    free = [each for each in all_attributes(facts, *target) if is_column(each) and not any(foreign_keys(each))]
    fit = [each for each in free if each.name.lower().endswith("id") and same_type(facts, each, key[0])]
    fit = [each for each in fit if each not in keys(facts, *target)]
    made = _linked(fit[0], f"{owner.table}.{column_name(key[0])}", facts) if len(fit) == 1 else None
    if made is None:
        return None
    return Fix(
        f"make `{target[1].name}.{fit[0].name}` the foreign key",
        Safety.UNSAFE,
        made,
        loses=f"nothing, if `{fit[0].name}` holds the key of `{this.owner.name}`; a table that is there needs a migration",
        rivals=(Rival("a foreign key on another column, or `primaryjoin`", "where the tables are linked otherwise"),),
    )


def _linked(column: Attribute, name: str, facts: Facts) -> tuple[AnyEdit, ...] | None:
    text = facts.text(column.file) or b""
    if column.maker == "Field" or of_sqlmodel(column):
        return field_given(facts, column, "foreign_key", f'"{name}"')
    bound, imports = known_as(facts, column.file, "sqlalchemy", "ForeignKey")
    if column.call is not None:
        return (*imports, add_argument(column.file, text, column.call, None, f'{bound}("{name}")'))
    made, more = known_as(facts, column.file, "sqlalchemy.orm", "mapped_column")
    end = facts.span(column.file, column.statement)[1]
    return (*imports, *more, edit(column.file, text, end, end, f' = {made}({bound}("{name}"))'))


def _one_of_several(this: Attribute, target: tuple[str, ast.ClassDef], facts: Facts) -> Fix | None:
    """`foreign_keys`, where one column of either model is called after the relationship."""
    both = ((this.owner.name, all_attributes(facts, this.file, this.owner)), (target[1].name, all_attributes(facts, *target)))
    fit = [
        f"{owner}.{each.name}"
        for owner, columns in both
        for each in columns
        if any(foreign_keys(each)) and each.name.lower().removesuffix("_id").removesuffix("id") == this.name.lower()
    ]
    made = this.with_option(facts, "foreign_keys", f'"{fit[0]}"') if len(set(fit)) == 1 else None
    if made is None:
        return None
    loses = "nothing, if the column called after it is meant"
    return Fix(f"join by `{fit[0]}`: `foreign_keys`", Safety.UNSAFE, (made,), loses=loses)
