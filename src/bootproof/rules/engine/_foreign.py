"""Repairs of a foreign key: another name, one set of tables for two bases."""

import ast
import difflib
from collections.abc import Iterator

from bootproof.edits.classes import first_in_body
from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Fix, Rival
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import all_attributes, column_name, foreign_keys_in, is_column, keys
from bootproof.rules.engine._models import Base, Model


def naming(facts: Facts, table: str, lacks: str) -> Iterator[tuple[str, ast.Constant, str]]:
    """The foreign keys of a start's own code that name the table, and the column that it lacks or none at all."""
    for file in facts.files_with(table.encode()):
        tree = facts.syntax(file) if file in facts.project.code else None
        for node, text in foreign_keys_in(tree) if tree else ():
            named, _, column = text.rpartition(".")
            if (not named and column == table and lacks) or (named == table and lacks in ("", column)):
                yield file, node, text


def other_column(table: str, lacks: str, homes: tuple[Model, ...], facts: Facts) -> Fix | None:
    """The column that is meant: the primary key where none is named, else one with a near name."""
    key = keys(facts, homes[0].file, homes[0].node) if len(homes) == 1 else ()
    if any("." not in text for _, _, text in naming(facts, table, lacks)):
        return renamed(table, lacks, f"{table}.{column_name(key[0])}", True, facts) if len(key) == 1 else None
    every = [column_name(each) for home in homes for each in all_attributes(facts, home.file, home.node) if is_column(each)]
    near = difflib.get_close_matches(lacks, every, 1, 0.7)
    return renamed(table, lacks, f"{table}.{near[0]}", False, facts) if near else None


def renamed(table: str, lacks: str, new: str, sure: bool, facts: Facts) -> Fix:
    """Another name in every foreign key that names the table, or in those that name the column that it lacks."""
    changes = []
    for file, node, said in naming(facts, table, lacks):
        text = facts.text(file) or b""
        start, end = facts.span(file, node)
        old = said if lacks else table
        at = text.find(old.encode(), start, end)
        if at >= 0:
            changes.append(edit(file, text, at, at + len(old.encode()), new))
    loses = "" if sure else "nothing, if this one is meant"
    return Fix(f"name `{new}`", Safety.SAFE if sure else Safety.UNSAFE, tuple(changes), loses=loses)


def one_metadata(base: Base, other: Base, facts: Facts) -> Fix | None:
    """The base of the foreign key's model takes the other's `MetaData`."""
    if base.node is None:
        return None
    name, imports = other.name, tuple[AnyEdit, ...]()
    if other.file != base.file:
        home = facts.module_of(other.file) if other.file else "sqlmodel"
        name, imports = known_as(facts, base.file, home, other.name)
    elif other.node is not None and other.node.lineno > base.node.lineno:
        return None  # it is not there yet
    made = first_in_body(base.file, facts.text(base.file) or b"", base.node, f"metadata = {name}.metadata")
    return Fix(
        f"let `{base.name}` have the `MetaData` of `{other.name}`",
        Safety.UNSAFE,
        (*imports, made),
        loses="two sets of tables: `create_all` of either creates both",
        rivals=(Rival(f"derive the models of `{base.name}` from `{other.name}`", "where they were never meant to be apart"),),
    )
