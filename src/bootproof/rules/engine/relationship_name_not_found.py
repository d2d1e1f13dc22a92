"""A relationship names a model that SQLAlchemy does not find

## What happens
SQLAlchemy raises `InvalidRequestError` when it configures its mappers: at the first query, or before.

## Why the server cannot start
A relationship names its model in a string. SQLAlchemy looks the name up among the classes that have been
made, and a module that nothing imports makes none.

## How to recognise it
SQLAlchemy's class registry raised the error, and a relationship of the project names the class that it did
not find.

## How it is fixed
Where a module of the project has a model of that name, it is imported where the models are imported. Where
none has, but one has nearly that name, the string is corrected.

## Fix safety
Safe for the import: it is what the relationship asks for. Unsafe for the correction of a name: another
model may be meant.

## References
https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#late-evaluation-of-relationship-arguments
"""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._models import Model, imported_with_models, models
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP506"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship whose model is not there."""
    seen: set[tuple[str, int]] = set()
    for failure in symptom.failures:
        if not failure.is_a("sqlalchemy.exc.InvalidRequestError"):
            continue
        for name in _unknown(failure):
            for file, node in _naming(facts, name):
                if (file, node.lineno) in seen:
                    continue
                seen.add((file, node.lineno))
                homes = [each for each in models(facts) if each.name == name]
                yield finding(
                    __name__,
                    name,
                    file=file,
                    line=node.lineno,
                    cause=f"a relationship names the model `{name}`, "
                    + (
                        f"and nothing imports `{homes[0].file}`, which has it"
                        if homes
                        else "and no module has a model of that name"
                    ),
                    explanation="SQLAlchemy finds the models whose modules have been imported.",
                    related=tuple(Location(each.file, each.node.lineno, note=f"class {name}") for each in homes),
                    data={"name": name, "homes": tuple(homes), "node": node},
                )
                return


def _unknown(failure: Failure) -> Iterator[str]:
    """The class names that the error quotes: no attribute carries them, and each must be a string of the source."""
    for text in re.findall(r"\('(\w+)'\)|name ['\"](\w+)['\"]|expression '([\w.]+)'", failure.message):
        yield from (each.rpartition(".")[2] for each in text if each)


def _naming(facts: Facts, name: str) -> Iterator[tuple[str, ast.Constant]]:
    """String literals that name the class, in a relationship or in its annotation."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for file in dict.fromkeys((*facts.files_with(b"elationship", name.encode()),)):
        tree = facts.syntax(file)
        for statement in ast.walk(tree) if tree else ():
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or "elationship" not in ast.unparse(statement):
                continue
            for node in ast.walk(statement):
                if isinstance(node, ast.Constant) and word.search(text_of(node) or ""):
                    yield file, node


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import of the model's module, or the nearest name."""
    name, homes, node = str(finding.data["name"]), finding.data["homes"], finding.data["node"]
    if not isinstance(homes, tuple) or not isinstance(node, ast.Constant):
        return None
    if len(homes) == 1 and isinstance(homes[0], Model):
        edits = imported_with_models(facts, homes[0], finding.file)
        return Fix(f"import `{name}` where the models are imported", Safety.SAFE, edits) if edits else None
    near = difflib.get_close_matches(name, sorted({each.name for each in models(facts)}), 1, 0.7)
    if homes or not near:
        return None
    text = facts.text(finding.file) or b""
    start, end = facts.span(finding.file, node)
    at = text.find(name.encode(), start, end)
    if at < 0:
        return None
    return Fix(
        f"write `{near[0]}`, the model with the nearest name",
        Safety.UNSAFE,
        (edit(finding.file, text, at, at + len(name.encode()), near[0]),),
        loses="nothing, if this model is meant",
    )
