"""Tables are created in a schema that nothing creates

## What happens
The database refuses to create a table: its schema does not exist (PostgreSQL's 3F000).

## Why the server cannot start
`create_all` creates tables, not schemas. On a database that is new there is only `public`.

## How to recognise it
The database says that a schema is missing while SQLAlchemy creates the tables of a `MetaData`, and own models
have that schema.

## How it is fixed
The schema is created before the tables: an event of the `MetaData` runs `CREATE SCHEMA IF NOT EXISTS` on the
same connection, wherever the tables are created.

## Fix safety
Safe: it creates what the models name, and nothing where it is there. Migrations are not touched.

## References
https://docs.sqlalchemy.org/en/20/core/ddl.html#controlling-ddl-sequences
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.source import next_line
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._answers import creates_all, refusals
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.connecting._tables import creators
from bootproof.rules.engine._mapped import class_around
from bootproof.rules.engine._models import base_of
from bootproof.rules.reading import covers, keyword, outside, text_of
from bootproof.rules.registry import finding

CODE = "BP634"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The schema, where the models name it."""
    for refusal in refusals(symptom, "3F000") if creates_all(symptom) else ():
        for name in refusal.quoted:
            places = list(_naming(facts, name))
            if not places:
                continue
            file, node = places[0]
            yield finding(
                __name__,
                name,
                file=file,
                line=node.lineno,
                cause=f"the schema `{name}` is not there when the tables in it are created, and nothing creates it",
                explanation="`create_all` creates tables, not schemas.",
                related=tuple(Location(where, each.lineno, note="creates the tables") for where, each in creators(facts)),
                data={"node": node, "name": name},
            )
            return


def _naming(facts: Facts, name: str) -> Iterator[tuple[str, ast.expr]]:
    """The texts that give a table, or all of them, this schema."""
    for file in facts.files_with(b"schema", name.encode()):
        tree = facts.syntax(file) if file in facts.project.code else None
        for node in ast.walk(tree) if tree else ():
            given = keyword(node, "schema") if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                given = next((value for key, value in pairs if text_of(key) == "schema"), None)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == "schema":
                given = node.value  # `Base.metadata.schema = …`
            if given is not None and text_of(given) == name:
                yield file, given


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """An event of the `MetaData` that creates the schema first."""
    node, name = finding.data["node"], str(finding.data["name"])
    place = _metadata(facts, finding.file, getattr(node, "lineno", 0))
    if place is None or not name.isidentifier():
        return None
    file, behind, held = place
    tree = facts.syntax(file)
    if tree is None or behind not in tree.body:
        return None
    edits: list[AnyEdit] = []
    said = []
    for module, wanted in (("sqlalchemy", "event"), ("sqlalchemy.schema", "CreateSchema")):
        bound, imports = known_as(facts, file, module, wanted)
        said.append(bound)
        edits += imports
    text = facts.text(file) or b""
    end = next_line(text, facts.span(file, behind)[1])
    line = f'{said[0]}.listen({held}, "before_create", {said[1]}("{name}", if_not_exists=True))'
    edits.append(edit(file, text, end, end, f"\n\n{line}\n"))
    return Fix(
        f"create the schema `{name}` before the tables",
        Safety.SAFE,
        tuple(edits),
        rivals=(Rival("create it in a migration", "where migrations create the tables elsewhere"),),
    )


def _metadata(facts: Facts, file: str, line: int) -> tuple[str, ast.stmt, str] | None:
    """The `MetaData` that is given the schema on a line: its file, the statement that makes it, what it is called there."""
    owner = class_around(facts, file, line)
    base = base_of(facts, file, owner) if owner else None
    if owner is not None and base is not None:
        if base.file and base.node is not None:
            return base.file, base.node, f"{base.name}.metadata"
        return file, owner, f"{owner.name}.metadata"
    tree = facts.syntax(file)
    statement = next((each for each in tree.body if covers(each, line)), None) if tree and owner is None else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if statement is None or target is None:
        return None
    if isinstance(target, ast.Attribute):
        return file, statement, ast.unparse(target.value)
    made = outside(facts, file, value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    called = {"MetaData": "", "Table": ".metadata"}.get(made)
    return (file, statement, ast.unparse(target) + called) if isinstance(target, ast.Name) and called is not None else None
