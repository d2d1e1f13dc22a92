"""A relationship names a model or a table that is not found, or found twice

## What happens
SQLAlchemy raises `InvalidRequestError` when it configures its mappers: at the first query, or before.

## Why the server cannot start
A relationship names its model, and the table between two models (`secondary`), in a string. SQLAlchemy looks
the name up among what has been made, and a module that nothing imports makes nothing. A name that two models
have does not say which is meant.

## How to recognise it
SQLAlchemy's class registry raised the error, and the relationship that was being configured names what it
did not find, or a name that several models of the project have.

## How it is fixed
Where a module of the project has a model or a table of that name, it is imported where the models are
imported. Where none has, but one has nearly that name, the string is corrected. Of two models the one that
a foreign key links is named with its module.

## Fix safety
Safe for the import, and for the model that a foreign key tells: it is what the relationship asks for. Unsafe
for the correction of a name: another model may be meant.

## References
https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#late-evaluation-of-relationship-arguments
"""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._tables import imported_at_once
from bootproof.rules.engine._mapped import Attribute, all_attributes, foreign_keys, model_of, relationship_of
from bootproof.rules.engine._models import Model, all_models, imported_with_models, models, tables
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP506"
YIELDS_TO = ("BP520",)  # there the name is a whole annotation


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship whose model, or whose table between two, is not there, or there twice."""
    for failure in symptom.failures:
        found = relationship_of(facts, failure) if failure.is_a("sqlalchemy.exc.InvalidRequestError") else None
        if found is None or not failure.frames or failure.frames[-1].module != "sqlalchemy.orm.clsregistry":
            continue
        this, owner, _ = found
        unknown = list(_unknown(failure))
        for node, name in _names(this):
            twice = [each for each in models(facts) if each.name == name]
            if name not in unknown and len(twice) < 2:
                continue
            between = node is this.option("secondary")
            homes = list(_homes(facts, name, between))
            kind = "table" if between else "model"
            if name not in unknown:
                said = "and several models have that name"
            elif not homes:
                said = f"and no module has a {kind} of that name"
            elif homes[0][0] in imported_at_once(facts):
                said = f"which is of another base in `{homes[0][0]}`"
            else:
                said = f"and nothing imports `{homes[0][0]}`, which has it"
            yield finding(
                __name__,
                name,
                file=this.file,
                line=node.lineno,
                cause=f"`{owner}.{this.name}` names the {kind} `{name}`, {said}",
                explanation="SQLAlchemy finds what has been imported, by names that are given once.",
                related=tuple(Location(file, line, note=name) for file, line, _ in homes),
                data={"name": name, "homes": tuple(homes), "node": node, "this": this, "twice": name not in unknown},
            )
            return


def _unknown(failure: Failure) -> Iterator[str]:
    """The names that the error quotes: no attribute carries them, and each must be a string of the relationship."""
    for text in re.findall(r"\('(\w+)'\)|name ['\"](\w+)['\"]|expression '([\w.]+)'", failure.message):
        yield from (each.rpartition(".")[2] for each in text if each)


def _names(this: Attribute) -> Iterator[tuple[ast.Constant, str]]:
    """The words in the strings of a relationship and of its annotation, those for its other side left out."""
    aside = [this.option(name) for name in ("back_populates", "backref", "cascade", "lazy")]
    for node in ast.walk(this.statement):
        if isinstance(node, ast.Constant) and node not in aside:
            yield from ((node, word) for word in re.findall(r"\w+", text_of(node) or ""))


def _homes(facts: Facts, name: str, between: bool) -> Iterator[tuple[str, int, str]]:
    """Where the project has a model or a table of that name: file, line, and the name to import."""
    every = [each for each in all_models(facts) if (each.table if between else each.name) == name]
    for each in [one for one in every if one.file in facts.project.code] or every:
        yield each.file, each.node.lineno, each.name
    for file, kept, table in tables(facts) if between else ():
        if table == name:
            yield file, 1, kept


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import of the model's module, the name with its module, or the nearest name."""
    name, homes, node, this = str(finding.data["name"]), finding.data["homes"], finding.data["node"], finding.data["this"]
    assert isinstance(homes, tuple) and isinstance(node, ast.Constant) and isinstance(this, Attribute)
    if finding.data["twice"]:
        return _qualified(this, name, node, facts)
    if len(homes) == 1 and homes[0][0] not in imported_at_once(facts):
        edits = imported_with_models(facts, homes[0][0], homes[0][2], finding.file)
        return Fix(f"import `{homes[0][2]}` where the models are imported", Safety.SAFE, edits) if edits else None
    near = difflib.get_close_matches(name, sorted({each.name for each in models(facts)}), 1, 0.7)
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, node)
    at = text.find(name.encode(), start, end)
    if homes or not near or at < 0 or node is this.option("secondary"):
        return None
    return Fix(
        f"write `{near[0]}`, the model with the nearest name",
        Safety.UNSAFE,
        (edit(finding.file, text, at, at + len(name.encode()), near[0]),),
        loses="nothing, if this model is meant",
    )


def _qualified(this: Attribute, name: str, node: ast.Constant, facts: Facts) -> Fix | None:
    """The model of that name that a foreign key links, with its module."""
    owner = model_of(facts, this.owner)
    linked = [each for each in models(facts) if each.name == name and owner and _links(facts, each, owner)]
    if len(linked) != 1:
        return None
    path = f'"{facts.module_of(linked[0].file)}.{name}"'
    argument = this.call.args[0] if this.call and this.call.args else None
    given = argument if argument is not None else this.option("argument")
    text = facts.text(this.file) or b""
    made = replace_node(this.file, text, given, path) if given is not None else this.with_option(facts, "argument", path)
    return Fix(f"name it with its module: `{path}`", Safety.SAFE, (made,)) if made else None


def _links(facts: Facts, one: Model, other: Model) -> bool:
    """Whether a foreign key of either model names the other's table."""
    for here, there in ((one, other), (other, one)):
        for each in all_attributes(facts, here.file, here.node):
            if any(key.rpartition(".")[0] == there.table for key in foreign_keys(each)):
                return True
    return False
