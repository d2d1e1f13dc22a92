"""A model has an attribute that SQLAlchemy reserves

## What happens
SQLAlchemy raises `InvalidRequestError` while the class of the model is made.

## Why the server cannot start
Declarative classes keep their `MetaData` in the attribute `metadata`. Releases before 2.1 refuse a column
there; later ones take it.

## How to recognise it
SQLAlchemy's declarative extension raised the error at the class, and the class has a column under the name
that the error quotes.

## How it is fixed
The attribute is called `metadata_`; the column in the table keeps its name, given as the first argument.
Where the class is made with `metadata=…`, the argument goes along.

## Fix safety
Safe where nothing else in the project reads an attribute of that name. Unsafe where something does: which
of these reads mean the column, bootproof does not guess.

## References
https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#naming-declarative-mapped-columns-explicitly
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import add_import, rename_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import covers, meaning, own_frames, text_of
from bootproof.rules.registry import finding

CODE = "BP504"
_Column = ast.Assign | ast.AnnAssign


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose attribute is refused."""
    for failure in symptom.failures:
        declares = any(each.module.startswith("sqlalchemy.orm.decl") for each in failure.frames)
        if not failure.is_a("sqlalchemy.exc.InvalidRequestError") or not declares:
            continue
        # no attribute of the error carries the name: the quoted one must be a column of the class
        quoted = set(re.findall(r"'(\w+)'", failure.message))
        for frame in own_frames(failure)[:1]:
            tree = facts.syntax(frame.file)
            for node in ast.walk(tree) if tree else ():
                if not isinstance(node, ast.ClassDef) or not covers(node, frame.line):
                    continue
                for statement, name in _columns(node):
                    if name in quoted and name in ("metadata", "registry"):
                        yield finding(
                            __name__,
                            f"{node.name}.{name}",
                            file=frame.file,
                            line=statement.lineno,
                            cause=f"`{node.name}` has a column under `{name}`, a name that SQLAlchemy reserves",
                            explanation=f"Declarative classes keep an object of their own in `{name}`.",
                            data={"class": node, "statement": statement, "name": name},
                        )
                        return


def _columns(node: ast.ClassDef) -> Iterator[tuple[_Column, str]]:
    for each in node.body:
        target = (
            each.targets[0]
            if isinstance(each, ast.Assign)
            else each.target
            if isinstance(each, ast.AnnAssign)
            else None
        )
        if isinstance(each, _Column) and isinstance(target, ast.Name):
            yield each, target.id


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Another attribute for the same column."""
    node, statement, name = finding.data["class"], finding.data["statement"], str(finding.data["name"])
    text = facts.text(finding.file) or b""
    if not isinstance(node, ast.ClassDef) or not isinstance(statement, _Column):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    new = f"{name}_"
    start, end = facts.span(finding.file, target)
    edits: list[AnyEdit] = [edit(finding.file, text, start, end, new)]
    value = statement.value
    if isinstance(value, ast.Call):
        if not (value.args and text_of(value.args[0])) and not any(each.arg == "name" for each in value.keywords):
            place = facts.span(finding.file, value.func)[1]
            place = text.index(b"(", place) + 1
            edits.append(
                edit(
                    finding.file,
                    text,
                    place,
                    place,
                    f'"{name}"' + (", " if value.args or value.keywords else ""),
                )
            )
    elif value is None:
        end = facts.span(finding.file, statement)[1]
        edits.append(edit(finding.file, text, end, end, f' = mapped_column("{name}")'))
        edits.append(add_import(finding.file, text, "from sqlalchemy.orm import mapped_column"))
    else:
        return None
    unclear = False
    for file in facts.files_with(name.encode()):
        tree, content = facts.syntax(file), facts.text(file) or b""
        for each in ast.walk(tree) if tree else ():
            if isinstance(each, ast.Call) and any(one.arg == name for one in each.keywords):
                made = meaning(facts, file, each.func)
                if made is not None and made.node is node:
                    edits.append(rename_argument(file, content, each, name, new))
            elif isinstance(each, ast.Attribute) and each.attr == name:
                of = meaning(facts, file, each.value)
                unclear = unclear or of is None or of.node is node
            elif isinstance(each, ast.ClassDef) and each is not node:
                unclear = unclear or any(held == name for _, held in _columns(each))
    return Fix(
        f"call the attribute `{new}` and keep the column `{name}`",
        Safety.UNSAFE if unclear else Safety.SAFE,
        tuple(edits),
        loses=f"reads of `.{name}` elsewhere that mean the column: they must say `.{new}`" if unclear else "",
    )
