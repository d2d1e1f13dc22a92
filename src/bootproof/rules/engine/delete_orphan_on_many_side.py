"""`delete-orphan` stands on the many side of a relationship

## What happens
SQLAlchemy raises `ArgumentError` when it configures its mappers: delete-orphan cascade is configured on the
"one" side.

## Why the server cannot start
`delete-orphan` deletes what has lost its parent. On the many side the parent would be the orphan, though
others may still refer to it: SQLAlchemy asks for `single_parent` before it does that.

## How to recognise it
The error is SQLAlchemy's `bbf0`, and the relationship that was being configured has `delete-orphan` in its
`cascade`.

## How it is fixed
Where the other side is written and has no `cascade`, the cascade moves there. Else it goes.

## Fix safety
Unsafe: what is deleted with what is a choice. As it stood, nothing was.

## References
https://docs.sqlalchemy.org/en/20/errors.html#error-bbf0
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import RELATIONSHIPS, Attribute, all_attributes, class_of, relationship_of
from bootproof.rules.engine._pairs import names_class
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP523"
_NATIVE = "cascade_delete"  # SQLModel's own word for "all, delete-orphan"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship with the cascade."""
    for failure in symptom.failures:
        found = relationship_of(facts, failure) if failure.facts.get("code") == "bbf0" else None
        if found is None:
            continue
        this, owner, told = found
        word = "cascade" if this.option("cascade") is not None else _NATIVE
        yield finding(
            __name__,
            f"{owner}.{this.name}",
            file=this.file,
            line=this.line,
            end_line=this.statement.end_lineno,
            cause=f"`{owner}.{this.name}` is the many side and has `delete-orphan` in its cascade",
            explanation="Its objects may be those of others too: the one side says what is deleted with it.",
            data={"this": this, "owner": owner, "word": word, "target": told.get("target")},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The cascade on the other side, or none."""
    this, word = finding.data["this"], str(finding.data["word"])
    assert isinstance(this, Attribute)
    gone = this.without_option(facts, word)
    if gone is None:
        return None
    target = class_of(facts, finding.data["target"])
    rival = Rival("`single_parent=True`", "where each such object has one parent alone")
    for each in all_attributes(facts, *target) if target else ():
        pair = each.maker in RELATIONSHIPS and names_class(each, str(finding.data["owner"]))
        if pair and text_of(each.option("back_populates")) == this.name and each.option(word) is None:
            told = this.option(word)
            code = "True" if word == _NATIVE else f'"{text_of(told)}"' if text_of(told) else ""
            moved = each.with_option(facts, word, code) if code else None
            if moved is not None:
                loses = "nothing, if what belongs to one is to be deleted with it"
                return Fix(f"move the cascade to `{each.name}`", Safety.UNSAFE, (gone, moved), loses=loses, rivals=(rival,))
    loses = "the deletion that it asked for, which SQLAlchemy never did"
    return Fix("drop the cascade", Safety.UNSAFE, (gone,), loses=loses, rivals=(rival,))
