"""The two sides of a relationship do not fit

## What happens
SQLAlchemy raises when it configures its mappers: a class has no property of the name that `back_populates`
says, a `backref` would take the name of one that is there, or both sides have the same direction.

## Why the server cannot start
Two relationships that are one pair must name each other. `back_populates` names a side that is written;
`backref` makes that side itself. Of a table that refers to itself only `remote_side` tells parent from child.

## How to recognise it
The relationship that was being configured is known, and the class at its other end has, or has not, the
attribute that it names.

## How it is fixed
A missing side is written, or, where the other class has it under another name, that name is said. Instead of
a `backref` beside a written side both name each other. `remote_side` is given to the side that is annotated
as one object.

## Fix safety
Safe: each side was named by the other. Unsafe where the name that is said instead is merely the only one
there.

## References
https://docs.sqlalchemy.org/en/20/orm/backref.html,
https://docs.sqlalchemy.org/en/20/orm/self_referential.html
"""

import ast
from collections.abc import Iterable
from typing import cast

from bootproof.edits.calls import rename_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import RELATIONSHIPS, Attribute, all_attributes, class_of, keys, relationship_of
from bootproof.rules.engine._pairs import is_one, names_class, other_side
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP521"
_PAIRS = "_add_reverse_property"  # where SQLAlchemy makes two relationships one pair


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship whose other side does not fit."""
    for failure in symptom.failures:
        if not failure.is_a("sqlalchemy.exc.InvalidRequestError", "sqlalchemy.exc.ArgumentError"):
            continue
        found = relationship_of(facts, failure)
        target = class_of(facts, found[2].get("target")) if found else None
        if found is None or target is None:
            continue
        this, owner, told = found
        named = text_of(this.option("back_populates")), text_of(this.option("backref"))
        there = {each.name: each for each in all_attributes(facts, *target)}
        other = there.get(named[0] or named[1] or "")
        inner = failure.frames[-1].function if failure.frames else ""
        that = f"the model `{target[1].name}`"
        if named[0] and other is None and not failure.is_a("sqlalchemy.exc.ArgumentError"):
            kind, cause = "missing", f"{that} has no `{named[0]}`, which `{owner}.{this.name}` names in `back_populates`"
        elif named[1] and other is not None:
            kind, cause = "twice", f"{that} has an attribute `{named[1]}`, and `backref` of `{owner}.{this.name}` makes one more"
        elif named[0] and other is not None and inner == _PAIRS:
            kind, cause = "direction", f"`{owner}.{this.name}` and `{target[1].name}.{other.name}` are no two sides of one pair"
        else:
            continue
        yield finding(
            __name__,
            f"{owner}.{this.name}",
            file=this.file,
            line=this.line,
            end_line=this.statement.end_lineno,
            cause=cause,
            explanation="Two relationships that are one pair name each other.",
            related=(Location(target[0], other.line if other else target[1].lineno, note=f"class {target[1].name}"),),
            data={"kind": kind, "this": this, "owner": owner, "other": other, "target": target, "told": dict(told)},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The side that is missing, or a name for the other."""
    this, other, owner = finding.data["this"], finding.data["other"], str(finding.data["owner"])
    assert isinstance(this, Attribute)
    if finding.data["kind"] == "twice":
        return _both(this, other, facts) if isinstance(other, Attribute) else None
    if finding.data["kind"] == "direction":
        return _remote(this, other, owner, facts) if isinstance(other, Attribute) else None
    file, node = cast("tuple[str, ast.ClassDef]", finding.data["target"])
    sides = [each for each in all_attributes(facts, file, node) if each.maker in RELATIONSHIPS and names_class(each, owner)]
    ours = [each for each in sides if text_of(each.option("back_populates")) == this.name]
    free = [each for each in sides if each.option("back_populates") is None and each.option("backref") is None]
    meant = ours[0] if len(ours) == 1 else free[0] if len(free) == 1 and not ours else None
    if meant is None:
        name = text_of(this.option("back_populates")) or ""
        made = other_side(this, name, owner, (file, node), finding.data["told"], facts)
        return Fix(f"write the other side: `{name}`", Safety.SAFE, made) if made else None
    edits = [this.with_option(facts, "back_populates", f'"{meant.name}"')]
    if meant in free:
        edits.append(meant.with_option(facts, "back_populates", f'"{this.name}"'))
    return Fix(
        f"name the other side `{meant.name}`",
        Safety.SAFE if meant in ours else Safety.UNSAFE,
        tuple(each for each in edits if each),
        loses="" if meant in ours else "nothing, if these two are one pair",
    )


def _both(this: Attribute, other: Attribute, facts: Facts) -> Fix | None:
    """Both sides by `back_populates`."""
    held = this.option("backref")
    if this.call is None or not isinstance(held, ast.Constant) or other.maker not in RELATIONSHIPS:
        return None
    text = facts.text(this.file) or b""
    edits: list[AnyEdit] = [rename_argument(this.file, text, this.call, "backref", "back_populates")]
    if other.option("back_populates") is None:
        more = other.with_option(facts, "back_populates", f'"{this.name}"')
        edits += [more] if more else []
    return Fix("let both sides name each other with `back_populates`", Safety.SAFE, tuple(edits))


def _remote(this: Attribute, other: Attribute, owner: str, facts: Facts) -> Fix | None:
    """`remote_side` for the side that is one object, where the table refers to itself."""
    ones = [each for each in (this, other) if is_one(each)]
    key = keys(facts, this.file, this.owner)
    if this.owner is not other.owner or len(ones) != 1 or len(key) != 1 or ones[0].option("remote_side") is not None:
        return None
    made = ones[0].with_option(facts, "remote_side", f'"{owner}.{key[0].name}"')
    return Fix(f"say that `{ones[0].name}` is the one side: `remote_side`", Safety.SAFE, (made,)) if made else None
