"""Set an option of a settings class: in `model_config`, in its `Config`, or in a new `model_config`."""

import ast
from collections.abc import Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, add_import, insert_statement_before, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import DEPTH, assigned, keyword, meaning, text_of


def option(node: ast.ClassDef, name: str) -> ast.expr | None:
    """The value of an option that the class itself gives, None where it gives none."""
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            for statement in each.body:
                for target, value in assigned(statement):
                    if target == name:
                        return value
        for target, value in assigned(each):
            if target == "model_config" and isinstance(value, ast.Call):
                return keyword(value, name)
            if target == "model_config" and isinstance(value, ast.Dict):
                return next(
                    (one for key, one in zip(value.keys, value.values, strict=True) if text_of(key) == name),
                    None,
                )
    return next((each.value for each in node.keywords if each.arg == name), None)


def lineage(facts: Facts, file: str, node: ast.ClassDef, depth: int = 0) -> Iterator[tuple[str, ast.ClassDef]]:
    """A class and the own classes that it inherits from, the nearest first."""
    yield file, node
    for base in node.bases if depth < DEPTH else ():
        found = meaning(facts, file, base)
        if found is not None and isinstance(found.node, ast.ClassDef) and found.node is not node:
            yield from lineage(facts, found.file, found.node, depth + 1)


def option_in_force(facts: Facts, file: str, node: ast.ClassDef, name: str) -> tuple[str, ast.expr] | None:
    """The value of an option with the file where it stands, inherited ones too; None where none is given."""
    for place, each in lineage(facts, file, node):
        given = option(each, name)
        if given is not None:
            return place, given
    return None


def set_option(facts: Facts, file: str, node: ast.ClassDef, name: str, code: str) -> tuple[AnyEdit, ...]:
    """The edits that give an option another value, where the class says its options already."""
    text = facts.text(file) or b""
    given = option(node, name)
    if given is not None:
        return (replace_node(file, text, given, code),)
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            return (insert_statement_before(file, text, each.body[0], f"{name} = {code}"),)
        for target, value in assigned(each):
            if target != "model_config":
                continue
            if isinstance(value, ast.Call):
                return (add_argument(file, text, value, name, code),)
            if isinstance(value, ast.Dict):
                start = facts.span(file, value)[0] + 1
                return (edit(file, text, start, start, f'"{name}": {code}' + (", " if value.keys else "")),)
            return ()
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and text_of(first.value) is not None
    at = node.body[1] if documented and len(node.body) > 1 else first
    if documented and len(node.body) == 1:
        return ()
    line = f"model_config = SettingsConfigDict({name}={code})"
    return (
        insert_statement_before(file, text, at, line),
        add_import(file, text, "from pydantic_settings import SettingsConfigDict"),
    )
