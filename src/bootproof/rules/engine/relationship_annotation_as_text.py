"""SQLModel is given the annotation of a relationship as one text

## What happens
SQLAlchemy raises `InvalidRequestError` when it configures its mappers: it looks for a class named
`list[Hero]` or `Team | None`.

## Why the server cannot start
SQLModel hands the annotation of a `Relationship` on to SQLAlchemy. Where all of it is in quotes, or where
`from __future__ import annotations` keeps all annotations as text, that is a text and no list of a class.

## How to recognise it
SQLAlchemy's class registry raised for a `Relationship` of SQLModel's, and its annotation is more than a name
and a text: in quotes, or by the import.

## How it is fixed
The quotes are put around the class alone: `list["Hero"]`, `Optional["Team"]`. The import goes, where there
is one, and other annotations of the file that name what is bound later are put in quotes.

## Fix safety
Safe: every annotation says what it said.

## References
https://github.com/fastapi/sqlmodel/issues/196
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import drop_import, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._annotations import annotations, is_late, postponed, quoted
from bootproof.rules.engine._mapped import Attribute, attributes, relationship_of
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding

CODE = "BP520"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The file whose relationships are annotated with texts."""
    for failure in symptom.failures:
        found = relationship_of(facts, failure) if failure.is_a("sqlalchemy.exc.InvalidRequestError") else None
        if found is None or found[0].maker != "Relationship" or found[0] not in list(_texts(facts, found[0].file)):
            continue
        first = found[0]
        tree = facts.syntax(first.file)
        by_import = tree is not None and postponed(tree) is not None and text_of(first.annotation) is None
        yield finding(
            __name__,
            "annotations",
            file=first.file,
            line=first.line,
            cause=f"the annotation of `{first.owner.name}.{first.name}` is one text"
            + (", because of `from __future__ import annotations`" if by_import else " in quotes"),
            explanation="SQLModel hands it to SQLAlchemy, which looks for a class of that name.",
        )
        return


def _texts(facts: Facts, file: str) -> Iterator[Attribute]:
    """The relationships of a file whose annotation reaches SQLModel as a text that is more than a name."""
    tree = facts.syntax(file)
    late = tree is not None and postponed(tree) is not None
    for node in ast.walk(tree) if tree else ():
        for each in attributes(facts, file, node) if isinstance(node, ast.ClassDef) else ():
            written = text_of(each.annotation) if each.annotation is not None else None
            text = written if written is not None else ast.unparse(each.annotation) if late and each.annotation else ""
            if each.maker == "Relationship" and text and not text.isidentifier():
                yield each


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The classes in quotes, and nothing else."""
    file, tree = finding.file, facts.syntax(finding.file)
    text = facts.text(file) or b""
    if tree is None:
        return None
    optional, imports = known_as(facts, file, "typing", "Optional")
    edits: list[AnyEdit] = []
    done = []
    for each in _texts(facts, file):
        written = text_of(each.annotation)
        inner = ast.parse(written, mode="eval").body if written else each.annotation
        assert each.annotation is not None and inner is not None  # a relationship without one is no text
        new = quoted(inner, optional)
        edits += imports if f"{optional}[" in new else ()
        edits.append(replace_node(file, text, each.annotation, new))
        done.append(each.annotation)
    statement = postponed(tree)
    if statement is not None:
        edits.append(drop_import(file, text, statement, ("annotations",)))
        for annotation in annotations(tree):
            if annotation not in done and is_late(tree, annotation):
                start, end = facts.span(file, annotation)
                source = text[start:end].decode("utf-8", "surrogateescape")
                mark = "'" if '"' in source else '"'
                edits.append(replace_node(file, text, annotation, f"{mark}{source}{mark}"))
    return Fix("put the class in quotes, not the whole annotation", Safety.SAFE, tuple(dict.fromkeys(edits)))
